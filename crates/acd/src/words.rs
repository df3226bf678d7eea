//! Words of the record that are written at every offer: without the machinery of
//! `format!`, which costs more than the decision that they explain.

/// Writes a number in decimal digits.
pub(crate) fn push_number(text: &mut String, number: u64) {
    // The largest has 20.
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    for digit in &digits[at..] {
        text.push(char::from(*digit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_display_does() {
        let powers = (0..20).map(|digits| 10_u64.pow(digits));
        let near = powers.flat_map(|power| [power - 1, power, power + 1]);
        for number in near.chain([7, 42, u64::MAX - 1, u64::MAX]) {
            let mut text = String::from("n ");
            push_number(&mut text, number);
            assert_eq!(text, format!("n {number}"));
        }
    }
}
