//! What an Arrow column is that came back: a value of the closed list, or a list or struct of such.

use super::Natural;
use arrow_schema::DataType;
use launchpad_protocol::marks;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    Leaf(Natural),
    List(Box<Shape>),
    /// The fields by name; at least one.
    Struct(Vec<(String, Shape)>),
}

impl Shape {
    /// None for what is outside the closed list.
    pub fn of(arrow: &DataType) -> Option<Self> {
        Some(match arrow {
            DataType::List(element) => Shape::List(Box::new(Shape::of(element.data_type())?)),
            DataType::Struct(fields) if !fields.is_empty() => Shape::Struct(
                fields
                    .iter()
                    .map(|field| Some((field.name().clone(), Shape::of(field.data_type())?)))
                    .collect::<Option<_>>()?,
            ),
            leaf => Shape::Leaf(Natural::of(leaf)?),
        })
    }

    /// What the elements are, if it is an array with its dimensions beside them: see [`Tree::input`].
    ///
    /// [`Tree::input`]: super::Tree::input
    pub fn array(&self) -> Option<&Shape> {
        let Shape::Struct(fields) = self else {
            return None;
        };
        match fields.as_slice() {
            [
                (values, Shape::List(element)),
                (dimensions, Shape::List(numbers)),
            ] if values == marks::VALUES
                && dimensions == marks::DIMENSIONS
                && **numbers == Shape::Leaf(Natural::Int32) =>
            {
                Some(element)
            }
            _ => None,
        }
    }

    /// How many field nodes its column has in a record batch: one each, parents before children.
    pub fn nodes(&self) -> usize {
        match self {
            Shape::Leaf(_) => 1,
            Shape::List(element) => 1 + element.nodes(),
            Shape::Struct(fields) => {
                1 + fields.iter().map(|(_, shape)| shape.nodes()).sum::<usize>()
            }
        }
    }

    /// How many buffers: a list's are validity and offsets, a struct's is validity.
    pub fn buffers(&self) -> usize {
        match self {
            Shape::Leaf(natural) => natural.buffers(),
            Shape::List(element) => 2 + element.buffers(),
            Shape::Struct(fields) => {
                1 + fields
                    .iter()
                    .map(|(_, shape)| shape.buffers())
                    .sum::<usize>()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_schema::Field;
    use std::sync::Arc;

    fn list(element: DataType) -> DataType {
        DataType::List(Arc::new(Field::new_list_field(element, true)))
    }

    #[test]
    fn nodes_and_buffers_add_up() {
        let fields = vec![
            Field::new("a", DataType::Int32, true),
            Field::new("b", list(DataType::Utf8), true),
        ];
        let shape = Shape::of(&DataType::Struct(fields.into())).unwrap();
        assert_eq!(shape.nodes(), 4);
        assert_eq!(shape.buffers(), 1 + 2 + 2 + 3);
    }

    #[test]
    fn an_array_is_known_by_its_dimensions() {
        let of = |values: &str, dimensions| {
            let fields = vec![
                Field::new(values, list(DataType::Utf8), true),
                Field::new("dims", dimensions, true),
            ];
            Shape::of(&DataType::Struct(fields.into())).unwrap()
        };
        let array = of("values", list(DataType::Int32));
        assert_eq!(array.array(), Some(&Shape::Leaf(Natural::Utf8)));
        assert_eq!(of("value", list(DataType::Int32)).array(), None);
        assert_eq!(of("values", list(DataType::Int64)).array(), None);
        assert_eq!(of("values", DataType::Int32).array(), None);
    }

    #[test]
    fn the_list_stays_closed_inside() {
        assert_eq!(Shape::of(&list(DataType::Null)), None);
        assert_eq!(
            Shape::of(&DataType::Struct(Vec::<Field>::new().into())),
            None
        );
        assert_eq!(
            Shape::of(&DataType::LargeList(Arc::new(Field::new_list_field(
                DataType::Int32,
                true
            )))),
            None
        );
    }
}
