//! A client that hides nothing: status, headers and the whole body of every answer.

use causeway_simulators::xdome::Token;
use reqwest::{Client, RequestBuilder, redirect};
use serde_json::{Value, json};
use std::error::Error;
use std::time::Duration;

pub type Outcome<T> = Result<T, Box<dyn Error>>;

pub const DEVICES: &str = "/api/v1/devices/";
pub const RELATIONS: &str = "/api/v1/device_vulnerability_relations/";

/// An answer, read to its end.
#[derive(Debug)]
pub struct Seen {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The lines of NDJSON.
    pub fn lines(&self) -> Vec<Value> {
        self.text().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

pub fn client() -> Outcome<Client> {
    Ok(Client::builder().redirect(redirect::Policy::none()).timeout(Duration::from_secs(30)).build()?)
}

pub async fn send(request: RequestBuilder) -> Outcome<Seen> {
    let mut response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
    }
    Ok(Seen { status, headers, body })
}

pub async fn get(base: &str, path: &str) -> Outcome<Seen> {
    send(client()?.get(format!("{base}{path}"))).await
}

/// A JSON request with the default token.
pub async fn ask(base: &str, path: &str, body: &Value) -> Outcome<Seen> {
    ask_as(base, path, body, Token::DEFAULT).await
}

pub async fn ask_as(base: &str, path: &str, body: &Value, token: &str) -> Outcome<Seen> {
    send(client()?.post(format!("{base}{path}")).bearer_auth(token).json(body)).await
}

/// All rows of a question, page after page until a short one.
pub async fn walk(base: &str, path: &str, question: &Value, limit: usize) -> Outcome<Vec<Value>> {
    let key = if path == DEVICES { "devices" } else { "devices_vulnerabilities" };
    let mut rows = Vec::new();
    loop {
        let mut body = question.clone();
        if let Some(members) = body.as_object_mut() {
            members.insert("limit".to_owned(), json!(limit));
            members.insert("offset".to_owned(), json!(rows.len()));
        }
        let answer = ask(base, path, &body).await?;
        if answer.status != 200 {
            return Err(format!("{} {}", answer.status, answer.text()).into());
        }
        let page: Value = serde_json::from_slice(&answer.body)?;
        let page = page.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let short = page.len() < limit;
        rows.extend(page);
        if short {
            return Ok(rows);
        }
    }
}

/// The pairs (device, vulnerability) of relation rows.
pub fn keys(rows: &[Value]) -> Vec<(String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or("-").to_owned();
    rows.iter().map(|row| (text(row, "device_uid"), text(row, "vulnerability_id"))).collect()
}
