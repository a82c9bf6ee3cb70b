//! What the Arrow schemas of a call say that Arrow's own types do not.

/// Field metadata key on a parameter whose text is JSON that the launcher turns into the
/// language's own lists and maps.
pub const JSON: &str = "launchpad.json";

/// Likewise on text that is the digits of an exact number.
pub const DIGITS: &str = "launchpad.digits";

/// The fields of an array with its dimensions: a list of the elements, those of the last dimension first, and a
/// list of the dimensions' lengths (int32), which is NULL where there is one. A launcher sends an empty one
/// for lists that differ in length.
pub const VALUES: &str = "values";
pub const DIMENSIONS: &str = "dims";
