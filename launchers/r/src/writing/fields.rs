//! Data frames as composites.

use super::column::Column;
use crate::Failure;
use crate::r::Value;
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, StructArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::{DataType, Field};
use std::ops::Range;
use std::sync::Arc;

pub(super) struct Fields<'a> {
    columns: Vec<(String, Column<'a>)>,
    rows: usize,
}

impl<'a> Fields<'a> {
    pub fn of(frame: Value<'a>, wanted: Option<&DataType>) -> Result<Self, Failure> {
        let names = frame.names()?;
        let mut columns = Vec::with_capacity(frame.len());
        for (index, value) in frame.elements().enumerate() {
            let label = match names.get(index) {
                Some(Ok(label)) => label.into_owned(),
                Some(Err(_)) | None => "NA".to_owned(),
            };
            let kind = match wanted {
                Some(DataType::Struct(fields)) => fields
                    .iter()
                    .find(|field| *field.name() == label)
                    .map(|field| field.data_type()),
                _ => None,
            };
            let column = Column::of(value, kind, &label)?;
            columns.push((label, column));
        }
        let rows = super::same_length(&columns)?;
        Ok(Fields { columns, rows })
    }

    pub fn len(&self) -> usize {
        self.rows
    }

    pub fn is_missing(&self) -> bool {
        self.columns.iter().all(|(_, column)| column.is_missing())
    }

    fn fields(&self) -> arrow_schema::Fields {
        self.columns
            .iter()
            .map(|(label, column)| Field::new(label, column.data_type(), true))
            .collect()
    }

    pub fn data_type(&self) -> DataType {
        DataType::Struct(self.fields())
    }

    pub fn row_bytes(&self) -> usize {
        self.columns
            .iter()
            .map(|(_, column)| column.row_bytes())
            .sum()
    }

    pub fn array(&self, range: Range<usize>) -> Result<ArrayRef, Failure> {
        let arrays = self
            .columns
            .iter()
            .map(|(label, column)| column.array(range.clone(), label))
            .collect::<Result<Vec<_>, _>>()?;
        // R has no NA for a whole row of a data frame: one of nothing but NA stands for it.
        let valid = |row| arrays.iter().any(|array| is_given(array, row));
        let valid = BooleanBuffer::collect_bool(range.len(), valid);
        Ok(Arc::new(StructArray::try_new_with_length(
            self.fields(),
            arrays,
            Some(NullBuffer::new(valid)),
            range.len(),
        )?))
    }
}

/// NaN is NULL without a mark.
fn is_given(array: &ArrayRef, row: usize) -> bool {
    match array.as_primitive_opt::<Float64Type>() {
        Some(doubles) => doubles.is_valid(row) && !doubles.value(row).is_nan(),
        None => array.is_valid(row),
    }
}
