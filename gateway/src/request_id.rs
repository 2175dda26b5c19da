//! Ids for requests whose clients gave none.

/// An id of 32 hexadecimal digits: the first half is the process's, mixed with the connection's, the second half says which
/// request of which connection it is.
pub(crate) fn make(seed: u64, connection: u64, request: u32) -> [u8; 32] {
    let mut id = [0; 32];
    let (first, second) = id.split_at_mut(16);
    first.copy_from_slice(&hex(seed ^ connection.rotate_left(32)));
    second.copy_from_slice(&hex(connection << 32 | u64::from(request)));
    id
}

/// Sixteen hexadecimal digits.
fn hex(number: u64) -> [u8; 16] {
    let mut digits = [0; 16];
    for (place, digit) in digits.iter_mut().enumerate() {
        let nibble = (number >> (60 - 4 * place)) & 15;
        *digit = b"0123456789abcdef".get(usize::try_from(nibble).unwrap_or(0)).copied().unwrap_or(b'0');
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_has_sixteen_digits() {
        assert_eq!(&hex(0x0123_4567_89ab_cdef), b"0123456789abcdef");
        assert_eq!(&hex(1), b"0000000000000001");
    }

    #[test]
    fn requests_of_one_connection_and_connections_of_one_process_have_ids_of_their_own() {
        let ids = [make(7, 1, 1), make(7, 1, 2), make(7, 2, 1), make(8, 1, 1)];
        assert!(ids.iter().enumerate().all(|(at, id)| !ids[..at].contains(id)));
    }
}
