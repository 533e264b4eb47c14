//! What a connection's settings change in the records: severities and links.

use crate::{settings, transform};
use causeway_claroty_xdome::{SeverityRow, XdomeSettings};
use causeway_domain::Stream;
use serde_json::{Value, json};

fn body_of(settings: &XdomeSettings, level: &Value, cves: &Value) -> Value {
    let relation = json!({
        "device_uid": "d/1", "vulnerability_id": "V 1", "vulnerability_cve_ids": cves,
        "vulnerability_adjusted_vulnerability_score": 7.5,
        "vulnerability_adjusted_vulnerability_score_level": level,
    });
    let body = json!({ "devices_vulnerabilities": [relation] }).to_string();
    let done = transform(settings).transform(Stream::Findings, body.as_bytes()).unwrap();
    serde_json::from_str(done.records.iter().next().unwrap().body).unwrap()
}

#[test]
fn severities_by_level() {
    let cases = [
        ("MEDIUM", 3),
        ("medium", 3),
        ("High", 4),
        ("CriTical", 5),
        ("Low", 2),
        ("", 2),
        ("Something new", 2),
    ];
    for (level, severity) in cases {
        let with_cve = body_of(&settings(), &json!(level), &json!(["CVE-2024-0001"]));
        assert_eq!(
            (&with_cve["severity"], &with_cve["riskScore"]),
            (&json!(severity), &json!(7.5)),
            "{level}"
        );
        let without = body_of(&settings(), &json!(level), &json!([null]));
        let score = json!(severity * 20);
        assert_eq!((&without["severity"], &without["riskScore"]), (&json!(severity), &score), "{level}");
        assert_eq!(without["sourceRiskScore"], json!(7.5));
    }
    let absent = body_of(&settings(), &Value::Null, &Value::Null);
    assert_eq!((&absent["severity"], &absent["riskScore"]), (&json!(2), &json!(40)));
    let number = body_of(&settings(), &json!(4), &Value::Null);
    assert_eq!((&number["severity"], &number["riskScore"]), (&json!(4), &json!(80)));
}

#[test]
fn severities_of_the_connection_replace_the_shipped_ones() {
    let mut settings = settings();
    settings.severity.default = 1;
    let row = |source: &str, severity, qds| SeverityRow { source: source.to_owned(), severity, qds };
    settings.severity.risk = vec![row("1", 1, 11), row("Low", 2, 33), row("4", 4, 88)];
    let low = body_of(&settings, &json!("low"), &json!([]));
    assert_eq!((&low["severity"], &low["riskScore"]), (&json!(2), &json!(33)));
    let high = body_of(&settings, &json!("HIGH"), &json!([]));
    assert_eq!((&high["severity"], &high["riskScore"]), (&json!(4), &json!(88)));
    let unknown = body_of(&settings, &json!("?"), &json!([]));
    assert_eq!((&unknown["severity"], &unknown["riskScore"]), (&json!(1), &json!(11)));
    let unscored = body_of(&settings, &json!("Critical"), &json!([]));
    assert_eq!((&unscored["severity"], &unscored["riskScore"]), (&json!(5), &json!(7.5)), "no row for 5");
}

#[test]
fn links_are_made_of_templates_with_encoded_ids() {
    let mut settings = settings();
    let links = |settings: &XdomeSettings| {
        let body = body_of(settings, &json!("High"), &json!(["CVE-2024-0001"]));
        [body["findingURL"].clone(), body["findingDetectionURL"].clone()]
    };
    let base = "https://plant.dashboard.example.org";
    assert_eq!(
        links(&settings),
        [
            json!(format!("{base}/vulnerabilities/V%201")),
            json!(format!("{base}/devices/d%2F1/vulnerabilities/V%201"))
        ]
    );
    settings.links.finding_url =
        "{dashboard_url}/v?id={vulnerability_id}&device={device_uid}&x={other}".to_owned();
    assert_eq!(links(&settings)[0], Value::Null, "findingUrl reads no device");
    settings.dashboard_url = None;
    assert_eq!(links(&settings), [Value::Null, Value::Null]);
}
