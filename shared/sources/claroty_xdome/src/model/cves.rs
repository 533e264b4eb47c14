//! The CVEs of a row; each becomes a finding of its own.

use causeway_domain::record::PartsRead;
use causeway_maps::json;
use memchr::memmem;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Appends the unique CVEs of a `vulnerability_cve_ids` to `cves`, in capitals and in the vendor's order. Returns how much of
/// the list could be read. A list withdraws a CVE only if all its entries are CVEs: null, `"N/A"` or an object may stand for
/// any earlier CVE.
pub(super) fn cves<'r>(raw: Option<&'r str>, cves: &mut Vec<Cow<'r, str>>) -> PartsRead {
    let mut found = Found { cves, known: BTreeSet::new() };
    let mut whole = true;
    for entry in raw.map(json::elements).into_iter().flatten() {
        whole &= entry.is_some_and(|entry| found.add(entry));
    }
    match (found.cves.is_empty(), whole) {
        (true, _) => PartsRead::None,
        (false, true) => PartsRead::All,
        (false, false) => PartsRead::Some,
    }
}

/// Up to this many CVEs, a linear search is faster than a set.
const FEW: usize = 16;

struct Found<'f, 'r> {
    cves: &'f mut Vec<Cow<'r, str>>,
    /// The same CVEs, above [`FEW`].
    known: BTreeSet<Cow<'r, str>>,
}

impl<'r> Found<'_, 'r> {
    /// Takes the CVEs in `entry`, JSON of one entry; returns whether there is one.
    fn add(&mut self, entry: &'r str) -> bool {
        if !entry.starts_with('"') {
            return false;
        }
        match json::text_of(entry) {
            // The usual entry.
            Some(Cow::Borrowed(text)) if cve_length(text.as_bytes()) == Some(text.len()) => {
                self.push(in_capitals(text));
                true
            }
            Some(text) => self.search(&text),
            None => false,
        }
    }

    fn search(&mut self, text: &str) -> bool {
        let capitals = text.to_ascii_uppercase();
        let mut any = false;
        for at in memmem::find_iter(capitals.as_bytes(), "CVE-") {
            let before = capitals.as_bytes().get(..at).and_then(<[u8]>::last);
            let begins = before.is_none_or(|byte| !byte.is_ascii_alphanumeric());
            let length = capitals.as_bytes().get(at..).and_then(cve_length).filter(|_| begins);
            if let Some(cve) = length.and_then(|length| capitals.get(at..at + length)) {
                self.push(Cow::Owned(cve.to_owned()));
                any = true;
            }
        }
        any
    }

    fn push(&mut self, cve: Cow<'r, str>) {
        let seen = if self.cves.len() < FEW { self.cves.contains(&cve) } else { self.known.contains(&cve) };
        if seen {
            return;
        }
        self.cves.push(cve.clone());
        if self.cves.len() == FEW {
            self.known.extend(self.cves.iter().cloned());
        } else if self.cves.len() > FEW {
            self.known.insert(cve);
        }
    }
}

/// Length of the CVE id that `text` begins with: a year, and four digits or more.
fn cve_length(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let prefix = text.get(..4)?.eq_ignore_ascii_case(b"CVE-");
    let number = digits(9);
    let well_formed = prefix && digits(4) == 4 && text.get(8) == Some(&b'-') && number >= 4;
    let ends = text.get(9 + number).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    (well_formed && ends).then_some(9 + number)
}

fn in_capitals(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(text.to_ascii_uppercase())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::cves;
    use causeway_domain::record::PartsRead::{All, None as Nothing, Some as Part};

    #[test]
    fn a_list_withdraws_only_what_it_says_plainly() {
        let cases = [
            (r#"["CVE-2020-0001"]"#, "CVE-2020-0001", All),
            (r#"["cve-2020-0001","CVE-2020-0001","CVE-2021-44228"]"#, "CVE-2020-0001 CVE-2021-44228", All),
            (r#"["CVE-2006-2313, CVE-2006-2314"]"#, "CVE-2006-2313 CVE-2006-2314", All),
            (r#"[" CVE-2020-0001\n(disputed)"]"#, "CVE-2020-0001", All),
            (r#""CVE-2020-0001""#, "CVE-2020-0001", All),
            (r#"["CVE-2020-0001",null]"#, "CVE-2020-0001", Part),
            (r#"["CVE-2020-0001","ICSA-21-161-01"]"#, "CVE-2020-0001", Part),
            (r#"["CVE-2020-0001",{"id":"CVE-2020-0002"}]"#, "CVE-2020-0001", Part),
            (r#"["ICSA-21-161-01"]"#, "", Nothing),
            (r#"["N/A"]"#, "", Nothing),
            (r#"["XCVE-2020-0001","CVE-2020-1","CVE-20-10000","CVE-2020-0001a"]"#, "", Nothing),
            (r#"[{"id":"CVE-2020-0001"}]"#, "", Nothing),
            (r#"[["CVE-2020-0001"]]"#, "", Nothing),
            (r#"{"id":"CVE-2020-0001"}"#, "", Nothing),
            ("[null]", "", Nothing),
            ("[]", "", Nothing),
            ("17", "", Nothing),
            ("null", "", Nothing),
        ];
        for (raw, expected, read) in cases {
            let mut found = Vec::new();
            assert_eq!(cves(Some(raw), &mut found), read, "{raw}");
            assert_eq!(found.join(" "), expected, "{raw}");
        }
        assert_eq!(cves(None, &mut Vec::new()), Nothing);
    }
}
