use super::*;

#[test]
fn dimensions_lag_behind_and_are_completed() {
    let element = Tree {
        oid: 0,
        typmod: -1,
        base: 0,
        node: Node::Leaf(Kind::Int4),
    };
    let tree = Tree {
        node: Node::List(Box::new(element.clone())),
        ..element
    };
    // Batches as they come: how many arrays of one dimension come before, between and after.
    for (before, between, after) in [(0, 0, 0), (3, 0, 9), (8, 7, 0), (9, 16, 1), (0, 100, 0)] {
        let mut column = Column::of(&tree);
        for _ in 0..2 {
            let mut valid = Vec::new();
            let mut push = |column: &mut Column, dimensions: &[i32]| {
                column.push_array(dimensions).unwrap();
                valid.push(!dimensions.is_empty());
            };
            (0..before).for_each(|_| push(&mut column, &[]));
            push(&mut column, &[1, 0]);
            (0..between).for_each(|_| push(&mut column, &[]));
            push(&mut column, &[0, 2, 2]);
            (0..after).for_each(|_| push(&mut column, &[]));
            column.push_null().unwrap();
            valid.push(false);
            column.complete().unwrap();
            let own = &column.children[1];
            assert_eq!(
                (column.rows, column.nulls, own.rows),
                (valid.len(), 1, valid.len())
            );
            assert_eq!(own.nulls, valid.len() - 2);
            assert_eq!(own.offsets.len(), valid.len() + 1);
            assert!(own.offsets.is_sorted() && own.offsets.last() == Some(&5));
            assert_eq!(own.validity.len(), valid.len().div_ceil(8));
            let bits = (0..valid.len()).map(|at| own.validity[at / 8] >> (at % 8) & 1 == 1);
            assert_eq!(bits.collect::<Vec<_>>(), valid);
            column.clear();
        }
    }
}

#[test]
fn offsets_end_where_arrow_cannot_count_on() {
    let mut list = Column::with(Layout::List, vec![Column::new(Kind::Int4)]);
    list.children[0].rows = i32::MAX as usize;
    assert_eq!(list.push_list(), Ok(()));
    list.children[0].rows += 1;
    assert_eq!(list.push_list(), Err(NoPlace::Limit));
    assert_eq!(list.push_null(), Err(NoPlace::Limit));
    assert_eq!((list.rows(), list.offsets), (1, vec![0, i32::MAX]));
}
