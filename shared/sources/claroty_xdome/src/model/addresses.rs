//! The addresses of a device: lists with one entry per network card, which keep their places.

use causeway_maps::{Inputs, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// `ipv4_list`: the IPv4 addresses of each card. An entry may have a mask or a port, and may hold several addresses, which
/// become a list. Other entries are null; what is no address at all is counted.
pub(super) fn ipv4_list(inputs: &Inputs<'_>, out: &mut String) {
    let Some(raw) = inputs.get(0) else { return };
    let mut before = '[';
    for entry in json::elements(raw) {
        out.push(before);
        before = ',';
        match entry {
            // As nearly always; the parser takes the usual spelling only, so that the entry is what is sent.
            Some(entry) if plain(entry).is_some_and(is_of_a_device) => out.push_str(entry),
            Some(entry) => push_addresses(&Card::of(entry), inputs, out),
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

/// What one entry holds.
#[derive(Debug, Default)]
struct Card {
    addresses: Vec<Ipv4Addr>,
    unreadable: u32,
}

/// What one word of an entry is.
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
            match json::text_of(text) {
                Some(text) => text.split([',', ';', '|', '\n']).for_each(|part| card.add(part)),
                None => card.unreadable += 1,
            }
        }
        card
    }

    /// Reads addresses between white space. Behind ` / ` stands the vendor's annotation: `(Last Known IP)` or the id of a
    /// child device.
    fn add(&mut self, part: &str) {
        for word in part.split_whitespace() {
            let (host, rest) = word.split_once('/').map_or((word, None), |(host, rest)| (host, Some(rest)));
            if !host.is_empty() {
                match Word::of(host) {
                    Word::V4(address) if self.addresses.contains(&address) => {}
                    Word::V4(address) => self.addresses.push(address),
                    Word::V6 => {}
                    Word::Unreadable => self.unreadable += 1,
                }
            }
            if rest.is_some_and(|rest| !is_mask(rest)) {
                return;
            }
        }
    }
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

/// Whether one device may have the address for itself: `0.0.0.0` and `127.0.0.1` say nothing about it.
fn is_of_a_device(address: Ipv4Addr) -> bool {
    !(address.is_unspecified() || address.is_loopback() || address.is_broadcast() || address.is_multicast())
}

/// Whether `text`, which follows a `/`, is a length of a prefix or a mask such as `255.255.255.0`.
fn is_mask(text: &str) -> bool {
    let length = || text.parse::<u8>().is_ok_and(|bits| bits <= 128);
    let mask = text.parse::<Ipv4Addr>().map(u32::from);
    length() || mask.is_ok_and(|mask| mask.leading_ones() + mask.trailing_zeros() == 32)
}
