//! Numbers in decimal digits. A formatter would take several times as long, and each response has two of them.

/// Adds the digits of a number.
pub(crate) fn write(number: u64, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let count = fill(number, &mut digits);
    out.extend(digits.iter().skip(digits.len() - count));
}

/// Replaces the last of the digits by those of a number, and gives how many it has: one at least.
pub(crate) fn fill(number: u64, digits: &mut [u8]) -> usize {
    let (mut left, mut count) = (number, 0);
    for place in digits.iter_mut().rev() {
        *place = b'0' + (left % 10) as u8;
        (left, count) = (left / 10, count + 1);
        if left == 0 {
            break;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_are_those_that_a_formatter_writes() {
        for number in [0, 9, 10, 200, 65_536, u64::MAX] {
            let mut out = b"n".to_vec();
            write(number, &mut out);
            assert_eq!(out, format!("n{number}").into_bytes());
        }
    }
}
