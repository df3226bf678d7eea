//! `PhoneNumber.getInfo`: what the numbering plans of the world say of a number.
//!
//! The plans are those of Google's libphonenumber, as on the cloud, from the crate
//! `phonenumber`. Of that crate only the plans are used: its own parser takes the
//! national prefix off numbers that begin with the same digit (8 of +7 812, 8 800),
//! and drops the leading zero of Italian ones.

use phonenumber::metadata::DATABASE;
use phonenumber::{Metadata, Type};
use serde_json::{Value, json};

/// Longest text that is taken for a number, characters (libphonenumber's own).
const NUMBER_CHARS_MAX: usize = 250;
/// Digits of a number without its country code (libphonenumber's own).
const NATIONAL_DIGITS: std::ops::RangeInclusive<usize> = 2..=17;
/// A number without `+` and country has a country code if it is that long: no
/// plan has local numbers of so many digits.
const INTERNATIONAL_DIGITS_MIN: usize = 11;
/// Digits of a country code.
const CODE_DIGITS_MAX: usize = 3;
/// The region of numbers that belong to no country (+800, +979).
const NO_REGION: &str = "001";

/// The fields of the answer, as JSON. `country` is two letters (ISO 3166-1), or empty.
pub(crate) fn info(number: &str, country: &str) -> String {
    let value = look_up(number, country).unwrap_or_else(|error| {
        json!({
            "number": number.chars().take(NUMBER_CHARS_MAX).collect::<String>(),
            "region": "",
            "numberType": type_name(Type::Unknown),
            "isPossibleNumber": false,
            "isValidNumber": false,
            "isValidNumberForRegion": false,
            "error": error,
        })
    });
    value.to_string()
}

/// Reads the plans, which takes a fraction of a second, before a scenario waits.
pub(crate) fn prepare() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // Without a thread they are read at the first use.
        let _ = std::thread::Builder::new()
            .name("phone-numbers".into())
            .spawn(|| DATABASE.by_id("RU").is_some());
    });
}

fn look_up(text: &str, country: &str) -> Result<Value, String> {
    let country = country.trim().to_ascii_uppercase();
    let home = match country.as_str() {
        "" => None,
        name => {
            let plan = DATABASE.by_id(name).filter(|_| name != NO_REGION);
            Some(plan.ok_or_else(|| format!("there is no country {name}"))?)
        }
    };
    let Dialled { digits, has_plus } = Dialled::read(text)?;
    let has_code = has_plus || (home.is_none() && digits.len() >= INTERNATIONAL_DIGITS_MIN);
    let (code, national) = if has_code {
        with_code(&digits)?
    } else {
        at_home(home.ok_or("invalid country code")?, &digits)
    };
    if !NATIONAL_DIGITS.contains(&national.len()) {
        let short = national.len() < *NATIONAL_DIGITS.start();
        let what = if short { "short" } else { "long" };
        return Err(format!("the number is too {what}"));
    }
    let (plan, kind) = found(code, &national);
    let is_valid = kind != Type::Unknown;
    let region = plan.map_or("", Metadata::id);
    let region = if region == NO_REGION { "" } else { region };
    Ok(json!({
        "number": format!("+{code}{national}"),
        "region": region,
        "numberType": type_name(kind),
        "isPossibleNumber": is_valid || is_possible(code, &national),
        "isValidNumber": is_valid,
        "isValidNumberForRegion": is_valid && (country.is_empty() || country == region),
    }))
}

/// The digits of a text, whatever stands between them.
struct Dialled {
    digits: String,
    has_plus: bool,
}

impl Dialled {
    fn read(text: &str) -> Result<Self, String> {
        if text.chars().count() > NUMBER_CHARS_MAX {
            return Err(format!("more than {NUMBER_CHARS_MAX} characters"));
        }
        let text = text.trim().trim_start_matches("tel:");
        let has_plus = text.starts_with(['+', '\u{ff0b}']);
        let mut digits = String::new();
        let mut letters = 0;
        for c in text.chars() {
            match digit_of(c) {
                Some(digit) => digits.push(digit),
                // An extension.
                None if matches!(c, ';' | '#') => break,
                None if c.is_ascii_alphabetic() && digits.len() >= 2 => {
                    letters += 1;
                    digits.push(on_the_keypad(c));
                }
                None if c.is_alphabetic() => return Err("not a number".to_owned()),
                None => {}
            }
        }
        // A vanity number such as 1-800-FLOWERS; fewer letters are an extension.
        if (1..3).contains(&letters) || digits.len() < 2 {
            return Err("not a number".to_owned());
        }
        Ok(Self { digits, has_plus })
    }
}

/// The digit that a character is, in whatever script.
fn digit_of(c: char) -> Option<char> {
    const ZEROS: [char; 4] = ['0', '\u{ff10}', '\u{660}', '\u{6f0}'];
    ZEROS.into_iter().find_map(|zero| {
        let value = u32::from(c).checked_sub(u32::from(zero))?;
        char::from_digit(value, 10)
    })
}

/// ITU-T E.161.
fn on_the_keypad(letter: char) -> char {
    match letter.to_ascii_uppercase() {
        'A'..='C' => '2',
        'D'..='F' => '3',
        'G'..='I' => '4',
        'J'..='L' => '5',
        'M'..='O' => '6',
        'P'..='S' => '7',
        'T'..='V' => '8',
        _ => '9',
    }
}

/// A number with its country code: no code begins another one.
fn with_code(digits: &str) -> Result<(u16, String), String> {
    let found = (1..=CODE_DIGITS_MAX.min(digits.len())).find_map(|length| {
        let code = digits[..length].parse::<u16>().ok()?;
        DATABASE.region(&code).map(|_| (code, &digits[length..]))
    });
    let (code, rest) = found.ok_or("invalid country code")?;
    let main = main_plan(code);
    let without = main.and_then(|plan| without_prefix(plan, rest));
    // Some write +44 (0) 20.
    Ok((code, first_valid(code, [Some(rest), without])))
}

/// A number as it is dialled in its own country.
fn at_home(plan: &Metadata, digits: &str) -> (u16, String) {
    let code = plan.country_code();
    let abroad = plan
        .international_prefix()
        .and_then(|prefix| prefix.find(digits))
        .filter(|prefix| prefix.start() == 0)
        .and_then(|prefix| with_code(&digits[prefix.end()..]).ok());
    if let Some((code, national)) = abroad
        && found(code, &national).1 != Type::Unknown
    {
        return (code, national);
    }
    let own_code = digits.strip_prefix(&code.to_string());
    let without = without_prefix(plan, digits);
    // Without a valid reading the prefix is taken to be one.
    let usual = without.or(Some(digits));
    (code, first_valid(code, [usual, Some(digits), own_code]))
}

fn without_prefix<'d>(plan: &Metadata, digits: &'d str) -> Option<&'d str> {
    digits.strip_prefix(plan.national_prefix()?)
}

/// The first reading that is a number, or else the first.
fn first_valid<const N: usize>(code: u16, readings: [Option<&str>; N]) -> String {
    let mut all = readings.iter().flatten();
    let valid = all.find(|national| found(code, national).1 != Type::Unknown);
    let first = readings.iter().flatten().next();
    valid
        .or(first)
        .map_or_else(String::new, |own| (*own).to_owned())
}

fn main_plan(code: u16) -> Option<&'static Metadata> {
    let plans = DATABASE.by_code(&code)?;
    let main = plans.iter().find(|plan| plan.is_main_country_for_code());
    main.or(plans.first()).copied()
}

/// The plan that a number belongs to, and as what.
fn found(code: u16, national: &str) -> (Option<&'static Metadata>, Type) {
    let mut plans = DATABASE.by_code(&code).unwrap_or_default();
    plans.sort_by_key(|plan| !plan.is_main_country_for_code());
    // Small countries with a code of others have leading digits of their own.
    let own = plans.iter().find(|plan| {
        let leading = plan.leading_digits().and_then(|own| own.find(national));
        leading.is_some_and(|leading| leading.start() == 0)
    });
    let fits = own.into_iter().chain(&plans);
    let mut fits = fits.map(|plan| (*plan, kind_in(plan, national)));
    match fits.find(|(_, kind)| *kind != Type::Unknown) {
        Some((plan, kind)) => (Some(plan), kind),
        // One country has this code: its number, though not a valid one.
        None if plans.len() == 1 => (plans.first().copied(), Type::Unknown),
        None => (own.copied(), Type::Unknown),
    }
}

/// As what a plan knows a number, in libphonenumber's order.
fn kind_in(plan: &Metadata, national: &str) -> Type {
    let all = plan.descriptors();
    if !all.general().is_match(national) {
        return Type::Unknown;
    }
    let special = [
        (Type::PremiumRate, all.premium_rate()),
        (Type::TollFree, all.toll_free()),
        (Type::SharedCost, all.shared_cost()),
        (Type::Voip, all.voip()),
        (Type::PersonalNumber, all.personal_number()),
        (Type::Pager, all.pager()),
        (Type::Uan, all.uan()),
        (Type::Voicemail, all.voicemail()),
    ];
    let fits = |own: Option<&phonenumber::metadata::Descriptor>| {
        own.is_some_and(|own| own.is_match(national))
    };
    if let Some((kind, _)) = special.into_iter().find(|(_, own)| fits(*own)) {
        return kind;
    }
    match (fits(all.fixed_line()), fits(all.mobile())) {
        (true, true) => Type::FixedLineOrMobile,
        (true, false) => Type::FixedLine,
        (false, true) => Type::Mobile,
        (false, false) => Type::Unknown,
    }
}

/// Whether a country with this code has numbers of that length.
fn is_possible(code: u16, national: &str) -> bool {
    let plans = DATABASE.by_code(&code).unwrap_or_default();
    plans.iter().any(|plan| {
        let all = plan.descriptors();
        let kinds = [all.fixed_line(), all.mobile(), all.toll_free(), all.voip()];
        let kinds = kinds.into_iter().flatten().chain([all.general()]);
        let mut lengths = kinds.flat_map(|kind| kind.possible_length());
        lengths.any(|length| usize::from(*length) == national.len())
    })
}

/// As libphonenumber names them.
fn type_name(kind: Type) -> &'static str {
    match kind {
        Type::FixedLine => "FIXED_LINE",
        Type::Mobile => "MOBILE",
        Type::FixedLineOrMobile => "FIXED_LINE_OR_MOBILE",
        Type::TollFree => "TOLL_FREE",
        Type::PremiumRate => "PREMIUM_RATE",
        Type::SharedCost => "SHARED_COST",
        Type::PersonalNumber => "PERSONAL_NUMBER",
        Type::Voip => "VOIP",
        Type::Pager => "PAGER",
        Type::Uan => "UAN",
        Type::Voicemail => "VOICEMAIL",
        Type::Emergency
        | Type::ShortCode
        | Type::StandardRate
        | Type::Carrier
        | Type::NoInternational
        | Type::Unknown => "UNKNOWN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number and country asked; E.164, region, type, possible, valid, for the region.
    type Row = (&'static str, &'static str, [&'static str; 3], [bool; 3]);

    const YES: [bool; 3] = [true, true, true];

    #[test]
    #[allow(clippy::too_many_lines, reason = "a table, one row a number")]
    fn numbers_of_many_countries_are_known() {
        let table: [Row; 24] = [
            (
                "+74951234567",
                "",
                ["+74951234567", "RU", "FIXED_LINE"],
                YES,
            ),
            (
                "8 (495) 123-45-67",
                "RU",
                ["+74951234567", "RU", "FIXED_LINE"],
                YES,
            ),
            ("74951234567", "", ["+74951234567", "RU", "FIXED_LINE"], YES),
            ("79161234567", "ru", ["+79161234567", "RU", "MOBILE"], YES),
            (
                "88005553535",
                "RU",
                ["+78005553535", "RU", "TOLL_FREE"],
                YES,
            ),
            (
                "+77011234567",
                "RU",
                ["+77011234567", "KZ", "MOBILE"],
                [true, true, false],
            ),
            (
                "+16502530000",
                "",
                ["+16502530000", "US", "FIXED_LINE_OR_MOBILE"],
                YES,
            ),
            (
                "650-253-0000",
                "US",
                ["+16502530000", "US", "FIXED_LINE_OR_MOBILE"],
                YES,
            ),
            (
                "1 800 356 9377",
                "US",
                ["+18003569377", "US", "TOLL_FREE"],
                YES,
            ),
            (
                "+1 416 555 0123",
                "US",
                ["+14165550123", "CA", "FIXED_LINE_OR_MOBILE"],
                [true, true, false],
            ),
            (
                "1-900-555-0123",
                "US",
                ["+19005550123", "US", "PREMIUM_RATE"],
                YES,
            ),
            (
                "020 7031 3000",
                "GB",
                ["+442070313000", "GB", "FIXED_LINE"],
                YES,
            ),
            (
                "+44 7400 123456",
                "",
                ["+447400123456", "GB", "MOBILE"],
                YES,
            ),
            (
                "0800 890567",
                "GB",
                ["+44800890567", "GB", "TOLL_FREE"],
                YES,
            ),
            ("030 123456", "DE", ["+4930123456", "DE", "FIXED_LINE"], YES),
            (
                "0151 23456789",
                "DE",
                ["+4915123456789", "DE", "MOBILE"],
                YES,
            ),
            (
                "+49 30 123456",
                "GB",
                ["+4930123456", "DE", "FIXED_LINE"],
                [true, true, false],
            ),
            (
                "+39 02 3661 8300",
                "",
                ["+390236618300", "IT", "FIXED_LINE"],
                YES,
            ),
            // Real lengths, no such numbers.
            (
                "+71234567890",
                "",
                ["+71234567890", "", "UNKNOWN"],
                [true, false, false],
            ),
            (
                "+12015550",
                "",
                ["+12015550", "", "UNKNOWN"],
                [false, false, false],
            ),
            (
                "+442012345",
                "",
                ["+442012345", "", "UNKNOWN"],
                [true, false, false],
            ),
            ("112", "RU", ["+7112", "", "UNKNOWN"], [false, false, false]),
            (
                "+7495123456",
                "",
                ["+7495123456", "RU", "UNKNOWN"],
                [false, false, false],
            ),
            (
                "+749512345678",
                "",
                ["+749512345678", "RU", "UNKNOWN"],
                [false, false, false],
            ),
        ];
        for (number, country, [e164, region, kind], [possible, valid, for_region]) in table {
            let told: Value = serde_json::from_str(&info(number, country)).unwrap();
            let expected = json!({
                "number": e164, "region": region, "numberType": kind,
                "isPossibleNumber": possible, "isValidNumber": valid,
                "isValidNumberForRegion": for_region,
            });
            assert_eq!(told, expected, "{number} {country}");
        }
    }

    #[test]
    fn what_is_no_number_is_told_with_an_error() {
        let long = "1".repeat(251);
        for (number, country) in [
            ("", ""),
            ("abc", "RU"),
            ("+", ""),
            ("1", "US"),
            ("495123", ""),
            ("+999123456789", ""),
            ("+74951234567", "XX"),
            ("74951234567", "Russia"),
            (long.as_str(), "US"),
        ] {
            let told: Value = serde_json::from_str(&info(number, country)).unwrap();
            assert!(told["error"].is_string(), "{number} {country}: {told}");
            assert_eq!(told["isValidNumber"], false, "{number}");
            assert_eq!(told["isPossibleNumber"], false, "{number}");
        }
    }

    /// Whatever a caller sends as his number, it is an answer and no panic.
    #[test]
    fn no_text_breaks_it() {
        let mut seed = 7_u64;
        let mut next = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        let alphabet: Vec<char> = "0123456789+-(). x;ext=#*\u{ff11}\u{661}a".chars().collect();
        for _ in 0..3_000 {
            let length = next(20);
            let text: String = (0..length)
                .map(|_| alphabet[usize::try_from(next(alphabet.len() as u64)).unwrap()])
                .collect();
            for country in ["", "RU", "US", "IT"] {
                let told: Value = serde_json::from_str(&info(&text, country)).unwrap();
                assert!(told["isValidNumber"].is_boolean(), "{text}");
            }
        }
        // Every country code there could be.
        for code in 1..1_000 {
            info(&format!("+{code}123456789"), "");
            info(&format!("+{code}1"), "");
        }
    }
}
