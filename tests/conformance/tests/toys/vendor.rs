//! A toy vendor: items by ascending id, handed out by page number, after an id, at a cursor, or one by one.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

pub(crate) const PASSWORD: &str = "toy-password-8d21f0";

/// Id of the first item.
const FIRST: u64 = 1_000;

pub(crate) struct Vendor {
    pub(crate) url: String,
    table: Arc<Mutex<Table>>,
}

/// Items with their sites, and what tokens and cursors are valid.
struct Table {
    items: BTreeMap<u64, &'static str>,
    tokens: Vec<String>,
    cursors: u64,
}

type Parameters = BTreeMap<String, String>;

impl Vendor {
    /// A vendor with `rows` items in the north, and some in the south.
    pub(crate) async fn start(rows: usize) -> Self {
        let south = rows / 10;
        let site = |number: usize| if number < south { "south" } else { "north" };
        let items =
            (0..rows + south).map(|number| (FIRST + 3 * number as u64, site(number * 7 % (rows + south))));
        let table = Table { items: items.collect(), tokens: Vec::new(), cursors: 0 };
        let table = Arc::new(Mutex::new(table));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/sign-in", post(sign_in)).route("/items", post(list));
        let router = router.with_state(Arc::clone(&table));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, table }
    }

    pub(crate) fn ids(&self, site: &str) -> impl Iterator<Item = u64> + use<> {
        self.table.lock().unwrap().of_site(site).into_iter()
    }

    pub(crate) fn remove(&self, id: u64) {
        self.table.lock().unwrap().items.remove(&id);
    }

    pub(crate) fn add_first(&self) {
        let mut table = self.table.lock().unwrap();
        let first = table.items.keys().next().copied().unwrap_or(FIRST);
        table.items.insert(first - 1, "north");
    }

    pub(crate) fn expire_cursors(&self) {
        self.table.lock().unwrap().cursors += 1;
    }
}

impl Table {
    fn of_site(&self, site: &str) -> Vec<u64> {
        self.items.iter().filter(|(_, of)| **of == site).map(|(id, _)| *id).collect()
    }

    fn rows(&self, ids: &[u64]) -> Vec<Value> {
        let row = |id: &u64| json!({ "id": id, "name": format!("item {id}"), "site": self.items.get(id), "slots": 4 });
        ids.iter().map(row).collect()
    }

    fn answer(&self, parameters: &Parameters) -> Result<Value, StatusCode> {
        let number = |name: &str| parameters.get(name).and_then(|text| text.parse::<u64>().ok());
        if let Some(asked) = parameters.get("ids") {
            let asked = asked.split(',').filter_map(|id| id.parse().ok());
            let found: Vec<u64> = asked.filter(|id| self.items.contains_key(id)).collect();
            return Ok(json!({ "items": self.rows(&found) }));
        }
        let mut ids = self.of_site(parameters.get("site").map_or("", String::as_str));
        ids.retain(|id| number("until").is_none_or(|until| *id <= until));
        let size = usize::try_from(number("size").unwrap_or(20)).unwrap();
        let from = if let Some(page) = number("page") {
            usize::try_from(page - 1).unwrap() * size
        } else if let Some(after) = number("after") {
            ids.partition_point(|id| *id <= after)
        } else if let Some(cursor) = parameters.get("cursor") {
            let parsed = cursor
                .split_once('-')
                .and_then(|(series, at)| Some((series.parse().ok()?, at.parse().ok()?)));
            let (series, at): (u64, usize) = parsed.ok_or(StatusCode::BAD_REQUEST)?;
            if series != self.cursors {
                return Err(StatusCode::GONE);
            }
            at
        } else {
            0
        };
        let end = (from + size).min(ids.len());
        let page = ids.get(from..end).unwrap_or_default();
        let next = (end < ids.len()).then(|| format!("{}-{end}", self.cursors));
        Ok(json!({ "items": self.rows(page), "total": ids.len(), "next": next }))
    }
}

async fn sign_in(State(table): State<Arc<Mutex<Table>>>, body: Bytes) -> Response {
    if body != PASSWORD {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut table = table.lock().unwrap();
    let token = format!("toy-session-{:04}", table.tokens.len());
    table.tokens.push(token.clone());
    Json(json!({ "token": token })).into_response()
}

async fn list(
    State(table): State<Arc<Mutex<Table>>>,
    headers: HeaderMap,
    Json(parameters): Json<Parameters>,
) -> Response {
    let table = table.lock().unwrap();
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if !token.is_some_and(|token| table.tokens.iter().any(|known| known == token)) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match table.answer(&parameters) {
        Ok(answer) => Json(answer).into_response(),
        Err(status) => status.into_response(),
    }
}
