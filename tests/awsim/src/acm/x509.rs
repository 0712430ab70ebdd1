//! What is told of a certificate that was imported, or shown by a client, read from its DER (RFC 5280). Nothing is verified:
//! no signature, no chain, and not whether a key belongs to it.

use jiff::Timestamp;

use crate::clock::SimTime;

/// What is told of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// In pairs of digits, `0a:1b:…`.
    pub serial: String,
    /// Common name; empty where there is none.
    pub issuer: String,
    /// Common name; empty where there is none.
    pub subject: String,
    /// The whole name (RFC 2253): the most particular part first, `CN=shop,O=Example`.
    pub issuer_dn: String,
    /// The whole name, as `issuer_dn`.
    pub subject_dn: String,
    /// From when and until when it is valid.
    pub valid: (SimTime, SimTime),
    /// As ACM names it; `None` for keys that ACM does not take.
    pub key_algorithm: Option<String>,
    /// What it was signed with, as ACM names it; `None` where ACM's name is not known.
    pub signature_algorithm: Option<&'static str>,
    /// DNS names.
    pub names: Vec<String>,
}

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// Kinds of parts of a name with what RFC 2253 calls them.
const SHORT: [(&[u8], &str); 7] = [
    (COMMON_NAME, "CN"),
    (&[0x55, 0x04, 0x06], "C"),
    (&[0x55, 0x04, 0x07], "L"),
    (&[0x55, 0x04, 0x08], "ST"),
    (&[0x55, 0x04, 0x09], "STREET"),
    (&[0x55, 0x04, 0x0a], "O"),
    (&[0x55, 0x04, 0x0b], "OU"),
];
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// Curves and what ACM calls them.
const CURVES: [(&[u8], &str); 3] = [
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07], "EC_prime256v1"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x22], "EC_secp384r1"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x23], "EC_secp521r1"),
];

/// Algorithms of signatures (RFC 8017, A.2.4; RFC 5758, 3.2) and what ACM calls them: answers of
/// DescribeCertificate have `SHA256WITHRSA`, the others are named alike in the model of ACM Private CA.
const SIGNATURES: [(&[u8], &str); 7] = [
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05], "SHA1WITHRSA"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b], "SHA256WITHRSA"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c], "SHA384WITHRSA"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d], "SHA512WITHRSA"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02], "SHA256WITHECDSA"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03], "SHA384WITHECDSA"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04], "SHA512WITHECDSA"),
];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;

/// Values of DER, one after the other.
#[derive(Clone, Copy)]
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// Tag and content of the next value.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let digits = usize::from(first & 0x7f);
            let (number, after) = rest.split_at_checked(digits).filter(|_| (1..=3).contains(&digits))?;
            length = number.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            rest = after;
        }
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next value, which has that tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }
}

/// Reads a certificate; `None` if it is none.
pub fn read(der: &[u8]) -> Option<Facts> {
    let mut outer = Der(der);
    let mut certificate = Der(outer.take(SEQUENCE)?);
    if !outer.0.is_empty() {
        return None;
    }
    let mut body = Der(certificate.take(SEQUENCE)?);
    let mut first = body;
    if first.take(VERSION).is_some() {
        body = first;
    }
    let serial = body.take(INTEGER)?;
    let signed_with = Der(body.take(SEQUENCE)?).take(OBJECT_ID)?;
    let signature_algorithm = SIGNATURES.iter().find(|(id, _)| *id == signed_with).map(|(_, name)| *name);
    let issuer = body.take(SEQUENCE)?;
    let mut validity = Der(body.take(SEQUENCE)?);
    let valid = (time(validity.next()?)?, time(validity.next()?)?);
    let subject = body.take(SEQUENCE)?;
    let key_algorithm = key(body.take(SEQUENCE)?);
    let mut names = Vec::new();
    while let Some((tag, content)) = body.next() {
        if tag == EXTENSIONS {
            names = alternative_names(content).unwrap_or_default();
        }
    }
    let digits: Vec<String> = serial.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(Facts {
        serial: digits.join(":"),
        issuer: common_name(issuer),
        subject: common_name(subject),
        issuer_dn: whole_name(issuer),
        subject_dn: whole_name(subject),
        valid,
        key_algorithm,
        signature_algorithm,
        names,
    })
}

/// The parts of a name, its last one first (RFC 2253); parts of kinds that have no short name there
/// are told by the digits of their kind.
fn whole_name(name: &[u8]) -> String {
    let mut parts = Der(name);
    let mut told = Vec::new();
    while let Some(part) = parts.take(SET) {
        let mut pair = Der(Der(part).take(SEQUENCE).unwrap_or_default());
        let kind = pair.take(OBJECT_ID).unwrap_or_default();
        let text = pair.next().map(|(_, text)| String::from_utf8_lossy(text).into_owned());
        let short = SHORT.iter().find(|(id, _)| *id == kind).map(|(_, short)| (*short).to_owned());
        let kind = short.unwrap_or_else(|| data_encoding::HEXLOWER.encode(kind));
        told.push(format!("{kind}={}", escaped(&text.unwrap_or_default())));
    }
    told.reverse();
    told.join(",")
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut told, c| {
        if ",+\"\\<>;".contains(c) {
            told.push('\\');
        }
        told.push(c);
        told
    })
}

fn common_name(name: &[u8]) -> String {
    let mut parts = Der(name);
    let mut found = String::new();
    while let Some(part) = parts.take(SET) {
        let mut pair = Der(Der(part).take(SEQUENCE).unwrap_or_default());
        if pair.take(OBJECT_ID) == Some(COMMON_NAME)
            && let Some((_, text)) = pair.next()
        {
            found = String::from_utf8_lossy(text).into_owned();
        }
    }
    found
}

/// `YYMMDDhhmmssZ`, or with four digits of the year.
fn time((tag, content): (u8, &[u8])) -> Option<SimTime> {
    let text = std::str::from_utf8(content).ok()?;
    let text = match tag {
        0x17 if text < "50" => format!("20{text}"),
        0x17 => format!("19{text}"),
        0x18 => text.to_owned(),
        _ => return None,
    };
    let part = |from, to| text.get(from..to);
    let (date, clock) =
        ((part(0, 4)?, part(4, 6)?, part(6, 8)?), (part(8, 10)?, part(10, 12)?, part(12, 14)?));
    let iso = format!("{}-{}-{}T{}:{}:{}Z", date.0, date.1, date.2, clock.0, clock.1, clock.2);
    let time = iso.parse::<Timestamp>().ok()?.as_millisecond();
    Some(SimTime(u64::try_from(time).unwrap_or(0)))
}

fn key(information: &[u8]) -> Option<String> {
    let mut information = Der(information);
    let mut algorithm = Der(information.take(SEQUENCE)?);
    match algorithm.take(OBJECT_ID)? {
        RSA => {
            let bits = information.take(BIT_STRING)?;
            let modulus = Der(Der(bits.get(1..)?).take(SEQUENCE)?).take(INTEGER)?;
            let bits = modulus.iter().skip_while(|byte| **byte == 0).count() * 8;
            [1024, 2048, 3072, 4096].contains(&bits).then(|| format!("RSA_{bits}"))
        }
        ELLIPTIC => {
            let curve = algorithm.take(OBJECT_ID)?;
            CURVES.iter().find(|(id, _)| *id == curve).map(|(_, name)| (*name).to_owned())
        }
        _ => None,
    }
}

fn alternative_names(extensions: &[u8]) -> Option<Vec<String>> {
    let mut extensions = Der(Der(extensions).take(SEQUENCE)?);
    while let Some(extension) = extensions.take(SEQUENCE) {
        let mut extension = Der(extension);
        if extension.take(OBJECT_ID)? != ALTERNATIVE_NAMES {
            continue;
        }
        let mut value = extension.next()?;
        if value.0 != OCTET_STRING {
            // Whether it is critical stands before it.
            value = extension.next()?;
        }
        let mut all = Der(Der(value.1).take(SEQUENCE)?);
        let mut names = Vec::new();
        while let Some((tag, name)) = all.next() {
            if tag == DNS_NAME {
                names.push(String::from_utf8_lossy(name).into_owned());
            }
        }
        return Some(names);
    }
    None
}
