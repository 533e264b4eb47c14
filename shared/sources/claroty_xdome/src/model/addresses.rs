//! The addresses of a device: lists with one entry per network card, which keep their places.
//!
//! ETM identifies assets by them, so an address goes out only if it is one that the device has now and for itself.

use causeway_maps::{Inputs, json};
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// `ipv4_list`: the IPv4 addresses of each card. An entry may have a mask or a port, and may hold several addresses, which
/// become a list. Other entries become null, annotated ones too; entries that are no address are counted.
pub(super) fn ipv4_list(inputs: &Inputs<'_>, out: &mut String) {
    per_card(inputs, out, |entry, out| {
        // The usual entry. The parser accepts the usual spelling only, so the entry can be sent unchanged.
        if plain(entry).is_some_and(is_of_a_device) {
            out.push_str(entry);
        } else {
            push_addresses(&Card::of(entry), inputs, out);
        }
    });
}

/// `annotated_ip_list`: the entries with an annotation behind ` / `, as the vendor wrote them. `(Last Known IP)` is an address
/// that another device may have by now, and with the id of a child device it is the address of that one.
pub(super) fn annotated_ip_list(inputs: &Inputs<'_>, out: &mut String) {
    let Some(raw) = inputs.get(0).filter(|raw| raw.contains('/')) else { return };
    let mut before = '[';
    for text in json::elements(raw).flatten().flat_map(|entry| Card::of(entry).annotated) {
        out.push(before);
        before = ',';
        json::push_text(out, &text);
    }
    if before == ',' {
        out.push(']');
    }
}

/// `mac_list`: the MAC address of each card as the vendor wrote it, of several the first. Other entries and placeholders
/// such as `00:00:00:00:00:00` become null and are counted.
pub(super) fn mac_list(inputs: &Inputs<'_>, out: &mut String) {
    per_card(inputs, out, |entry, out| {
        if entry.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).is_some_and(is_mac) {
            return out.push_str(entry);
        }
        let mut found = None;
        for text in json::elements(entry).flatten() {
            let text = json::text_of(text).unwrap_or(Cow::Borrowed("?"));
            for part in text.split(SEPARATORS).map(str::trim).filter(|part| !part.is_empty()) {
                match found {
                    None if is_mac(part) => found = Some(part.to_owned()),
                    _ => inputs.count_unreadable(1),
                }
            }
        }
        match found {
            Some(mac) => json::push_text(out, &mac),
            None => out.push_str("null"),
        }
    });
}

/// Separators between several addresses of one interface.
const SEPARATORS: [char; 4] = [',', ';', '|', '\n'];

/// Hexadecimal digits of Ethernet, EUI-64 and InfiniBand.
const MAC_DIGITS: [usize; 3] = [12, 16, 40];

fn is_mac(text: &str) -> bool {
    let (mut digits, mut first, mut same) = (0, b'0', true);
    for byte in text.bytes() {
        match byte {
            b':' | b'-' | b'.' => {}
            _ if byte.is_ascii_hexdigit() => {
                let digit = byte.to_ascii_lowercase();
                first = if digits == 0 { digit } else { first };
                same &= digit == first;
                digits += 1;
            }
            _ => return false,
        }
    }
    MAC_DIGITS.contains(&digits) && !(same && matches!(first, b'0' | b'f'))
}

/// Writes a list with the result of `push` for each entry.
fn per_card(inputs: &Inputs<'_>, out: &mut String, mut push: impl FnMut(&str, &mut String)) {
    let Some(raw) = inputs.get(0) else { return };
    let mut before = '[';
    for entry in json::elements(raw) {
        out.push(before);
        before = ',';
        match entry {
            Some(entry) => push(entry, out),
            None => out.push_str("null"),
        }
    }
    out.push_str(if before == '[' { "[]" } else { "]" });
}

fn plain(entry: &str) -> Option<Ipv4Addr> {
    entry.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

fn push_addresses(card: &Card, inputs: &Inputs<'_>, out: &mut String) {
    inputs.count_unreadable(card.unreadable);
    match card.addresses.as_slice() {
        [] => out.push_str("null"),
        [address] => out.push_str(&format!("\"{address}\"")),
        several => out.push_str(&format!(
            "[\"{}\"]",
            several.iter().map(Ipv4Addr::to_string).collect::<Vec<_>>().join("\",\"")
        )),
    }
}

/// The content of one entry.
#[derive(Debug, Default)]
struct Card {
    addresses: Vec<Ipv4Addr>,
    annotated: Vec<String>,
    unreadable: u32,
}

/// The kind of one word of an entry.
enum Word {
    V4(Ipv4Addr),
    V6,
    Unreadable,
}

impl Card {
    /// Reads the JSON of an entry: a text, or a list of texts.
    fn of(entry: &str) -> Self {
        let mut card = Self::default();
        for text in json::elements(entry).flatten() {
            let Some(text) = json::text_of(text) else {
                card.unreadable += 1;
                continue;
            };
            // An annotation may contain a comma: a part after it that is no address belongs to the annotation.
            let mut in_annotation = false;
            for part in text.split(SEPARATORS).map(str::trim).filter(|part| !part.is_empty()) {
                if in_annotation && matches!(Word::of(first_host(part)), Word::Unreadable) {
                    card.annotated.last_mut().into_iter().for_each(|text| text.extend([", ", part]));
                } else {
                    in_annotation = card.add(part);
                }
            }
        }
        card
    }

    /// Reads addresses between white space; returns whether they are annotated.
    fn add(&mut self, part: &str) -> bool {
        let before = self.addresses.len();
        let (mut any, mut readable) = (false, true);
        let mut words = part.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let (host, rest) = word.split_once('/').map_or((word, None), |(host, rest)| (host, Some(rest)));
            match Word::of(host) {
                _ if host.is_empty() => {}
                Word::Unreadable => readable = false,
                Word::V6 => any = true,
                Word::V4(address) => {
                    any = true;
                    if !self.addresses.contains(&address) {
                        self.addresses.push(address);
                    }
                }
            }
            let annotated = match rest {
                None => false,
                Some("") => words.next_if(|next| is_mask(next)).is_none(),
                Some(rest) => !is_length(rest) && !is_mask(rest),
            };
            if annotated && any {
                self.addresses.truncate(before);
                self.annotated.push(part.to_owned());
                return true;
            }
        }
        self.unreadable += u32::from(!readable);
        false
    }
}

fn first_host(part: &str) -> &str {
    part.split(|c: char| c == '/' || c.is_whitespace()).next().unwrap_or_default()
}

impl Word {
    fn of(host: &str) -> Self {
        let bare = host.split('%').next().unwrap_or(host).trim_matches(['[', ']', '(', ')']);
        let socket = || host.parse::<SocketAddr>().map(|socket| socket.ip());
        match bare.parse::<IpAddr>().or_else(|_| socket()).map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(address)) if is_of_a_device(address) => Self::V4(address),
            Ok(IpAddr::V6(_)) => Self::V6,
            Ok(IpAddr::V4(_)) | Err(_) => Self::Unreadable,
        }
    }
}

/// Whether the address can identify a device: `0.0.0.0` and `127.0.0.1` cannot.
fn is_of_a_device(address: Ipv4Addr) -> bool {
    !(address.is_unspecified() || address.is_loopback() || address.is_broadcast() || address.is_multicast())
}

/// Whether `text` is the length of a prefix. Behind ` / ` a number is the id of a child device.
fn is_length(text: &str) -> bool {
    text.parse::<u8>().is_ok_and(|bits| bits <= 128)
}

/// Whether `text` is a mask such as `255.255.255.0`.
fn is_mask(text: &str) -> bool {
    let mask = text.parse::<Ipv4Addr>().map(u32::from);
    mask.is_ok_and(|mask| mask.leading_ones() + mask.trailing_zeros() == 32)
}
