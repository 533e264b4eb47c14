//! Invented texts of advisories, with the difficulties of real ones: quotes, line ends of both kinds, lists,
//! characters outside ASCII.

use super::vulnerability::{Topic, Weakness};
use crate::chance::{below, mix, one_of, percent};

const CAUSES: [&str; 8] = [
    "The affected {component} does not check the length of a field before it is copied to a buffer of fixed size.",
    "The affected {component} answers requests of anyone who can reach the port, whether logged in or not.",
    "When the {component} receives a malformed message, it leaves an object in use that was already released.",
    "The {component} trusts a value that the client can set to anything, among others \"../\" and an empty string.",
    "The {component} derives its session key from the serial number and the time since the last restart.",
    "A request with an unusually long header makes the {component} allocate memory that is never given back.",
    "The {component} ships with an account whose password is the same in every installation (“service”).",
    "A race between two connections lets the {component} act on rights that were checked for another user.",
];

const CONDITIONS: [&str; 7] = [
    "The attacker needs access to the control network; no account and no action by an operator is needed.",
    "The attacker needs an account with the lowest rights, and the engineering port must be open (default: closed).",
    "The attacker must make an operator open a prepared project file, for example one that came by e-mail.",
    "Systems that follow the hardening guide § 4.2 and keep TCP port 102 behind a firewall are less exposed.",
    "Only installations with the optional web interface switched on are affected; it is on in the state of delivery.",
    "Exploitation takes about 30 µs of radio contact at distances up to 25 m, inside buildings less.",
    "A device that has been in operation for more than 497 days without a restart cannot be attacked this way.",
];

const CONSEQUENCES: [&str; 6] = [
    "A stopped controller keeps its outputs at their last value; a safety function in another device is not touched.",
    "After an attack the device must be restarted by hand, at the device. Production stops meanwhile.",
    "Treatment that has begun goes on, yet alarms reach the central station late or not at all.",
    "Data at rest are not changed. Patient names and bed numbers can be read from the traffic that is exposed.",
    "Because the same key serves a whole family of products, one stolen device opens the others as well.",
    "No attack in the field was known to the vendor when this text was written; a proof of concept is public.",
];

const ADVICE: [&str; 6] = [
    "Update to the version named by the vendor, or restrict access to the port to trusted addresses until you can.",
    "Put the device behind a firewall, and take it off networks from which the Internet can be reached.",
    "Change the default password. Where it cannot be changed, keep the room locked and the port closed.",
    "Switch off the {component} where it is not needed:\r\n- Settings → Communication → Services\r\n- untick \"{component}\"\r\n- restart",
    "No repair is planned for hardware revision ≤ C. Replace it, or accept the risk and write down why.",
    "Apply the vendor's rule for intrusion detection (Schlüssel „OT-7“) and watch for restarts without a cause.",
];

/// A description of 300 to about 1500 characters.
pub(super) fn description(
    topic: &Topic,
    weakness: &Weakness,
    component: &str,
    name: &str,
    seed: u64,
) -> String {
    let product = topic.full_name();
    let (before, fixed) = versions(seed);
    let mut text = if name.starts_with("CVE-") {
        format!("{} {component}: {}. ", topic.product, weakness.name)
    } else {
        format!("{name}\r\n\r\n1. SUMMARY\r\n")
    };
    text += &format!(
        "{} in the {component} of {product} in all versions before {fixed} could allow an attacker to {}. ",
        weakness.name, weakness.effect
    );
    let paragraph = if percent(seed, 60, 40) { "\n\n" } else { " " };
    let sentences = [&CAUSES[..], &CONDITIONS[..], &CONSEQUENCES[..], &ADVICE[..]];
    let wanted = 1 + below(seed, 61, 4);
    for (salt, bank) in (62..).zip(sentences).take(wanted.max(2)) {
        text += one_of(seed, salt, bank).unwrap_or_default();
        text += paragraph;
    }
    if wanted == 4 {
        text += &format!("Affected:\n* {product} {before}\n* {product} before {fixed}\n");
        for other in topic.components.iter().filter(|other| **other != component) {
            text += &format!("* installations that use the {other} together with the {component}\n");
        }
    }
    text.trim_end().replace("{component}", component)
}

/// The manufacturer's recommendation: nothing for some, several steps for others.
pub(super) fn remediation(topic: &Topic, seed: u64) -> Vec<String> {
    let (_, fixed) = versions(seed);
    let vendor = topic.maker().unwrap_or("The manufacturer");
    match mix(seed, 70) % 10 {
        0..3 => Vec::new(),
        3..7 => vec![format!("Vendor fix available: update {} to {fixed} or later", topic.product)],
        7 => vec!["No fix planned by the manufacturer".to_owned()],
        8 => vec![format!("{vendor} is investigating"), "Mitigation: segment the network".to_owned()],
        _ => vec![
            format!("Update to {fixed} (\"{vendor} Security Update\")"),
            "Disable unused services".to_owned(),
            "Restrict access to TCP port 102, 443 and 4840".to_owned(),
        ],
    }
}

fn versions(seed: u64) -> (String, String) {
    let (major, minor, patch) = (1 + below(seed, 80, 30), below(seed, 81, 10), below(seed, 82, 30));
    (format!("V{major}.{minor}"), format!("V{major}.{}.{patch}", minor + 1))
}
