//! Rows as bytes, without a server.

use super::*;

/// Where the last row's values begin in it, and these.
fn last(tuples: &mut Tuples) -> (usize, Vec<u8>) {
    tuples.finish();
    let start = usize::from(tuples.header().t_hoff);
    let row = tuples.rows.last().unwrap().clone();
    (start, tuples.bytes()[row][start..].to_vec())
}

#[test]
fn values_are_aligned_to_their_length() {
    let mut tuples = Tuples::new(3, u64::MAX);
    for _ in 0..3 {
        tuples.begin(false, 11).unwrap();
        tuples.value([1]);
        tuples.value(0x0504_0302_u32.to_le_bytes());
        tuples.varlena(b"ab");
        let (start, data) = last(&mut tuples);
        assert_eq!(data, [1, 0, 0, 0, 2, 3, 4, 5, (3 << 1) | 1, b'a', b'b']);
        assert_eq!(start, 24);
        assert_eq!(tuples.header().t_infomask, HAS_VARIABLE_WIDTH);
        assert_eq!(tuples.header().t_infomask2, 3);
    }
    let lengths: Vec<u32> = tuples.handles().map(|handle| handle.t_len).collect();
    assert_eq!(lengths, [35; 3]);
}

#[test]
fn rows_made_at_once_are_as_those_made_one_by_one() {
    let mut each = Tuples::new(3, u64::MAX);
    for row in 0..5_u8 {
        each.begin(false, 13).unwrap();
        each.value([row]);
        each.value(u64::from(row).to_le_bytes());
        each.value(u32::from(row).to_le_bytes());
        each.finish();
    }
    let mut all = Tuples::new(3, u64::MAX);
    let (count, offsets) = all.make_rows(&[1, 8, 4], 5).unwrap();
    assert_eq!((count, &offsets[..]), (5, &[24, 32, 40][..]));
    all.fill(offsets[0], (0..5).map(|row: u8| [row]));
    all.fill(offsets[1], (0..5).map(u64::to_le_bytes));
    all.fill(offsets[2], (0..5).map(u32::to_le_bytes));
    assert_eq!(all.rows, each.rows);
    let end = each.end;
    assert_eq!(all.bytes()[..end], each.bytes()[..end]);
    all.clear();
    assert!(all.make_rows(&[1, 8, 4], usize::MAX).unwrap().0 > 100);
}

#[test]
fn long_texts_have_long_headers() {
    for (length, first) in [(126, 0xff_u8), (127, 0x0c)] {
        let mut tuples = Tuples::new(2, u64::MAX);
        tuples.begin(false, 1 + length).unwrap();
        tuples.value([7]);
        tuples.varlena(&vec![b'x'; length]);
        let (_, data) = last(&mut tuples);
        let at = if length < 127 { 1 } else { 4 };
        assert_eq!(data[at], first, "{length}");
        assert_eq!(data.len(), if length < 127 { 128 } else { 8 + 127 });
    }
}

#[test]
fn the_bitmap_has_a_bit_for_each_value() {
    let mut tuples = Tuples::new(10, u64::MAX);
    // What an earlier row left behind must not be seen.
    tuples.begin(true, 80).unwrap();
    (0..10).for_each(|_| tuples.value([0xff; 8]));
    tuples.finish();
    tuples.clear();
    tuples.begin(true, 80).unwrap();
    for column in 0..10 {
        match column % 3 {
            0 => tuples.null(),
            _ => tuples.value([column]),
        }
    }
    let (start, data) = last(&mut tuples);
    assert_eq!((start, data), (32, vec![1, 2, 4, 5, 7, 8]));
    assert_eq!(tuples.bytes()[HEADER..HEADER + 2], [0b1011_0110, 0b01]);
    assert_eq!(tuples.header().t_infomask, HAS_NULLS);
}

#[test]
fn rows_of_a_gigabyte_are_refused_before_anything_is_reserved() {
    let mut tuples = Tuples::new(1600, u64::MAX);
    for content in [ROW_MOST, 1 << 32, (1 << 32) + 100, 33 << 30, usize::MAX] {
        assert_eq!(tuples.begin(false, content), Err(NoRow::TooLong));
        assert_eq!(tuples.words.capacity(), 0);
    }
    let mut tuples = Tuples::new(1600, 1 << 20);
    assert_eq!(tuples.begin(false, 1 << 20), Err(NoRow::BeyondBudget));
    assert_eq!(tuples.words.capacity(), 0);
}

#[test]
fn a_budget_is_spent_by_all_rows() {
    let mut tuples = Tuples::new(1, 1 << 10);
    let mut rows = 0;
    while tuples.begin(false, 100).is_ok() {
        tuples.varlena(&[7; 100]);
        tuples.finish();
        tuples.clear();
        rows += 1;
    }
    assert_eq!(rows, 8);
    let mut tuples = Tuples::new(1, 1 << 10);
    assert_eq!(tuples.make_rows(&[8], 5).unwrap().0, 5);
    tuples.clear();
    assert_eq!(tuples.make_rows(&[8], 100), Err(NoRow::BeyondBudget));
}

#[test]
fn a_giant_rows_memory_is_given_back() {
    let mut tuples = Tuples::new(1, u64::MAX);
    tuples.begin(false, 4 << 20).unwrap();
    tuples.varlena(&vec![7; 4 << 20]);
    tuples.finish();
    tuples.clear();
    assert_eq!(tuples.words.capacity(), 0);
}
