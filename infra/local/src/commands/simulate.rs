//! `simulate claroty-xdome | qualys-etm`.

use crate::arguments::{SimulateCommand, SimulatedReceiver, SimulatedSource};
use crate::commands::text_file;
use crate::output::{Problem, Screen};

use crate::process::{Ending, Interrupt};
use causeway_simulators::faults::Fault;
use causeway_simulators::xdome::{Token, XdomeConfig};
use causeway_simulators::{EtmConfig, EtmSimulator, RateLimit, Running, XdomeSimulator};
use serde::Serialize;
use std::path::Path;
use tokio::net::TcpListener;

pub(crate) async fn serve(command: SimulateCommand, screen: &Screen) -> Result<Ending, Problem> {
    match command {
        SimulateCommand::ClarotyXdome(arguments) => serve_xdome(arguments, screen).await,
        SimulateCommand::QualysEtm(arguments) => serve_etm(arguments, screen).await,
    }
}

async fn serve_xdome(arguments: SimulatedSource, screen: &Screen) -> Result<Ending, Problem> {
    let config = XdomeConfig {
        seed: arguments.seed,
        devices: arguments.devices,
        findings: arguments.findings,
        sites: arguments.sites,
        latency_ms: arguments.conduct.latency_ms,
        rate_limit: rate_limit(arguments.conduct.rate_limit),
        tokens: vec![Token { text: arguments.token.clone(), ..Token::default() }],
        faults: faults(arguments.conduct.faults.as_deref())?,
        ..XdomeConfig::default()
    };
    let simulator = XdomeSimulator::serve(listen(arguments.port).await?, config)?;
    let (url, token) = (simulator.base_url.clone(), arguments.token);
    let settings = format!("[source.claroty-xdome]\napi_url = \"{url}\"\napi_token_secret = \"xdome-token\"");
    let secret = format!("printf %s '{token}' | causeway secret set xdome-token");
    let started = Started::ClarotyXdome { base_url: &url, token: &token };
    announce(screen, &started, "Claroty xDome", &url, &settings, &secret)?;
    until_stopped(simulator, screen).await
}

async fn serve_etm(arguments: SimulatedReceiver, screen: &Screen) -> Result<Ending, Problem> {
    let config = EtmConfig {
        username: arguments.username.clone(),
        password: arguments.password.clone(),
        connectors: arguments.connector.clone(),
        latency_ms: arguments.conduct.latency_ms,
        rate_limit: rate_limit(arguments.conduct.rate_limit),
        faults: faults(arguments.conduct.faults.as_deref())?,
        ..EtmConfig::default()
    };
    let simulator = EtmSimulator::serve(listen(arguments.port).await?, config)?;
    let (url, username, password) = (simulator.base_url.clone(), arguments.username, arguments.password);
    let connector = arguments.connector.into_iter().next();
    let connector = connector.unwrap_or_else(|| EtmConfig::DEFAULT_CONNECTOR.to_owned());
    let settings = format!(
        "[destination.qualys-etm]\ngateway_url = \"{url}\"\nusername = \"{username}\"\n\
         password_secret = \"etm-password\"\nconnector_uuid = \"{connector}\""
    );
    let secret = format!("printf %s '{password}' | causeway secret set etm-password");
    let started = Started::QualysEtm {
        base_url: &url,
        username: &username,
        password: &password,
        connector_uuid: &connector,
    };
    announce(screen, &started, "Qualys ETM", &url, &settings, &secret)?;
    until_stopped(simulator, screen).await
}

/// How to connect to a simulator, as data.
#[derive(Serialize)]
#[serde(tag = "simulator", rename_all = "kebab-case")]
enum Started<'a> {
    ClarotyXdome { base_url: &'a str, token: &'a str },
    QualysEtm { base_url: &'a str, username: &'a str, password: &'a str, connector_uuid: &'a str },
}

fn announce(
    screen: &Screen,
    started: &Started<'_>,
    system: &str,
    url: &str,
    settings: &str,
    secret: &str,
) -> Result<(), Problem> {
    screen.show(started, || {
        format!(
            "Simulated {system} at {url}\n\nIn the connection file:\n\n{settings}\n\nIts secret:\n\n{secret}\n\n\
             What it holds and was asked: {url}/_simulator/state"
        )
    })?;
    screen.note("Serving until Ctrl-C.");
    Ok(())
}

async fn until_stopped<C>(simulator: Running<C>, screen: &Screen) -> Result<Ending, Problem> {
    let mut interrupt = Interrupt::listen();
    tokio::select! {
        served = simulator.finished() => served?,
        () = interrupt.asked() => screen.note("Stopped."),
    }
    Ok(Ending::Done)
}

async fn listen(port: u16) -> Result<TcpListener, Problem> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| {
        Problem::input(format!("port {port}"), format!("cannot listen: {error}"), "Choose another port.")
    })
}

fn rate_limit(per_second: Option<u32>) -> Option<RateLimit> {
    per_second.map(|per_second| RateLimit { per_second, retry_after: Some(1) })
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    faults: Vec<Fault>,
}

fn faults(file: Option<&Path>) -> Result<Vec<Fault>, Problem> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let text = text_file::read(file).map_err(|error| Problem::file(file, "read it", &error))?;
    let script: Script = toml::from_str(&text).map_err(|error| {
        let start = error.span().unwrap_or_default().start;
        let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
        Problem::input(
            format!("{}:{line}", file.display()),
            error.message(),
            "A script is a list of [[faults]].",
        )
    })?;
    Ok(script.faults)
}
