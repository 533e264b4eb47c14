//! The operating guide knows every failure kind, with its retry rule, and every alarm of the template.

use crate::tree;
use causeway_domain::failure::POLICIES;

const GUIDE: &str = "docs/OPERATE.md";
const TEMPLATE: &str = "infra/aws/template.yaml";

fn read(path: &str) -> String {
    std::fs::read_to_string(tree::root().join(path)).unwrap()
}

#[test]
fn every_failure_kind_has_a_row() {
    let guide = read(GUIDE);
    let missing = POLICIES.iter().filter_map(|(kind, ..)| {
        let name = serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned();
        (!guide.contains(&format!("\n| `{name}` |"))).then_some(name)
    });
    tree::assert_none(&format!("{GUIDE} has a row for every failure kind"), &missing.collect::<Vec<_>>());
}

#[test]
fn every_alarm_has_a_row() {
    let (guide, template) = (read(GUIDE), read(TEMPLATE));
    let lines: Vec<&str> = template.lines().collect();
    let alarms = lines.windows(2).filter(|pair| pair[1].trim() == "Type: AWS::CloudWatch::Alarm");
    let alarms: Vec<&str> = alarms.map(|pair| pair[0].trim().trim_end_matches(':')).collect();
    assert!(alarms.len() > 5, "only {} alarms found in {TEMPLATE}", alarms.len());
    let missing = alarms.iter().filter(|alarm| !guide.contains(&format!("`{alarm}`")));
    let missing: Vec<String> = missing.map(|alarm| (*alarm).to_owned()).collect();
    tree::assert_none(&format!("{GUIDE} has a row for every alarm"), &missing);
}
