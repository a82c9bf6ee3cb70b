/// A SQLSTATE: five characters. The constants have PostgreSQL's own names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqlState([u8; 5]);

impl SqlState {
    pub const SUCCESSFUL_COMPLETION: Self = SqlState(*b"00000");
    pub const FEATURE_NOT_SUPPORTED: Self = SqlState(*b"0A000");
    pub const NULL_VALUE_NOT_ALLOWED: Self = SqlState(*b"22004");
    pub const DATETIME_FIELD_OVERFLOW: Self = SqlState(*b"22008");
    pub const CHARACTER_NOT_IN_REPERTOIRE: Self = SqlState(*b"22021");
    pub const INVALID_PARAMETER_VALUE: Self = SqlState(*b"22023");
    pub const ARRAY_SUBSCRIPT_ERROR: Self = SqlState(*b"2202E");
    pub const INVALID_TEXT_REPRESENTATION: Self = SqlState(*b"22P02");
    pub const SERIALIZATION_FAILURE: Self = SqlState(*b"40001");
    pub const EXTERNAL_ROUTINE_EXCEPTION: Self = SqlState(*b"38000");
    pub const INSUFFICIENT_PRIVILEGE: Self = SqlState(*b"42501");
    pub const SYNTAX_ERROR: Self = SqlState(*b"42601");
    pub const INVALID_COLUMN_DEFINITION: Self = SqlState(*b"42611");
    pub const DUPLICATE_COLUMN: Self = SqlState(*b"42701");
    pub const AMBIGUOUS_COLUMN: Self = SqlState(*b"42702");
    pub const DUPLICATE_SCHEMA: Self = SqlState(*b"42P06");
    pub const UNDEFINED_COLUMN: Self = SqlState(*b"42703");
    pub const UNDEFINED_OBJECT: Self = SqlState(*b"42704");
    pub const DATATYPE_MISMATCH: Self = SqlState(*b"42804");
    pub const INSUFFICIENT_RESOURCES: Self = SqlState(*b"53000");
    pub const DISK_FULL: Self = SqlState(*b"53100");
    pub const OUT_OF_MEMORY: Self = SqlState(*b"53200");
    pub const TOO_MANY_CONNECTIONS: Self = SqlState(*b"53300");
    pub const CONFIGURATION_LIMIT_EXCEEDED: Self = SqlState(*b"53400");
    pub const PROGRAM_LIMIT_EXCEEDED: Self = SqlState(*b"54000");
    pub const STATEMENT_TOO_COMPLEX: Self = SqlState(*b"54001");
    pub const OBJECT_NOT_IN_PREREQUISITE_STATE: Self = SqlState(*b"55000");
    pub const QUERY_CANCELED: Self = SqlState(*b"57014");
    pub const SYSTEM_ERROR: Self = SqlState(*b"58000");
    pub const INTERNAL_ERROR: Self = SqlState(*b"XX000");

    /// PostgreSQL's number for it: six bits a character, counted from '0'.
    pub fn packed(self) -> i32 {
        let bits = self.0.map(|byte| i32::from(byte.wrapping_sub(b'0') & 0x3f));
        bits.iter().rev().fold(0, |packed, bits| packed << 6 | bits)
    }

    pub fn of_packed(code: i32) -> Self {
        SqlState([0, 6, 12, 18, 24].map(|place| b'0' + ((code >> place) & 0x3f) as u8))
    }

    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgresql_packs_it_like_this() {
        // What MAKE_SQLSTATE makes of the characters.
        for (state, packed) in [
            (SqlState::SUCCESSFUL_COMPLETION, 0),
            (SqlState::QUERY_CANCELED, 67_371_461),
            (SqlState::INVALID_TEXT_REPRESENTATION, 33_685_634),
            (SqlState::INTERNAL_ERROR, 2_600),
        ] {
            assert_eq!(state.packed(), packed, "{}", state.as_str());
            assert_eq!(SqlState::of_packed(packed), state);
        }
    }
}
