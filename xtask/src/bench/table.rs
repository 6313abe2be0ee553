//! The table as Markdown, and its place in the document.

/// What is measured, in the order of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Instructions,
    Allocations,
    Cpu,
    Peak,
    RateOne,
    RateMany,
    Mebibytes,
}

const COLUMNS: &[(Column, &str)] = &[
    (Column::Instructions, "instructions"),
    (Column::Allocations, "allocations"),
    (Column::Cpu, "CPU, µs"),
    (Column::Peak, "peak memory, MiB"),
    (Column::RateOne, "per second, 1 in flight"),
    (Column::RateMany, "per second, 64 in flight"),
    (Column::Mebibytes, "MiB per second"),
];

/// One contender's figures; what was not measured stays empty.
#[derive(Debug, Default)]
pub(super) struct Cells(Vec<(Column, f64)>);

impl Cells {
    pub(super) fn set(&mut self, column: Column, value: Option<f64>) {
        self.0.extend(value.map(|value| (column, value)));
    }

    fn get(&self, column: Column) -> Option<f64> {
        let cell = self.0.iter().find(|(known, _)| *known == column)?;
        Some(cell.1)
    }
}

/// A count as a number to divide; exact up to 2^53.
pub(super) fn number(count: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let number = count as f64;
    number
}

/// One line per contender, with its ratio to the first one's.
pub(super) fn markdown(rows: &[(String, Cells)]) -> String {
    let used: Vec<_> = COLUMNS
        .iter()
        .filter(|(column, _)| rows.iter().any(|(_, cells)| cells.get(*column).is_some()))
        .collect();
    let mut text = String::from("| |");
    for (_, title) in &used {
        text.push_str(&format!(" {title} |"));
    }
    text.push_str("\n|---|");
    text.push_str(&"---:|".repeat(used.len()));
    text.push('\n');
    for (name, cells) in rows {
        text.push_str(&format!("| {name} |"));
        for (column, _) in &used {
            let first = rows.first().and_then(|(_, cells)| cells.get(*column));
            text.push(' ');
            text.push_str(&cell(cells.get(*column), first));
            text.push_str(" |");
        }
        text.push('\n');
    }
    text
}

fn cell(value: Option<f64>, first: Option<f64>) -> String {
    let (Some(value), Some(first)) = (value, first) else {
        return "–".to_owned();
    };
    let shown = if value < 1000.0 {
        format!("{value:.1}")
    } else {
        grouped(&format!("{value:.0}"))
    };
    // A ratio to next to nothing says nothing.
    if first < 0.05 {
        return shown;
    }
    format!("{shown} ({:.2})", value / first)
}

/// Digits in groups of three.
pub(super) fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The document with other text between the two marks.
pub(super) fn replace(document: &str, marks: (&str, &str), text: &str) -> Option<String> {
    let (begin, end) = marks;
    let (before, rest) = document.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n{text}\n{end}{after}"))
}

/// The count in what callgrind prints at its end: `==1== Collected : 123`.
pub(super) fn collected(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(':').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    //! What readers see.

    use super::*;

    fn cells(instructions: f64, rate: Option<f64>) -> Cells {
        let mut cells = Cells::default();
        cells.set(Column::Instructions, Some(instructions));
        cells.set(Column::RateMany, rate);
        cells
    }

    #[test]
    fn every_figure_stands_beside_its_ratio_to_the_first() {
        let rows = [
            ("bare".to_owned(), cells(40_000.0, Some(100.0))),
            ("ours".to_owned(), cells(1_044_000.4, None)),
        ];
        assert_eq!(
            markdown(&rows),
            "| | instructions | per second, 64 in flight |\n\
             |---|---:|---:|\n\
             | bare | 40,000 (1.00) | 100.0 (1.00) |\n\
             | ours | 1,044,000 (26.10) | – |\n"
        );
    }

    #[test]
    fn a_ratio_to_nothing_is_left_out() {
        assert_eq!(cell(Some(2.0), Some(0.0)), "2.0");
        assert_eq!(cell(None, Some(1.0)), "–");
    }

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let marks = ("<!-- from -->", "<!-- to -->");
        let document = "a\n<!-- from -->\nold\n<!-- to -->\nb\n";
        assert_eq!(
            replace(document, marks, "new").unwrap(),
            "a\n<!-- from -->\nnew\n<!-- to -->\nb\n"
        );
        assert_eq!(replace("a", marks, "new"), None);
    }

    #[test]
    fn the_count_is_found_in_what_callgrind_prints() {
        let text = "==7== Events    : Ir\n==7== Collected : 123456\n==7==\n";
        assert_eq!(collected(text), Some(123_456));
        assert_eq!(collected("==7== nothing"), None);
    }
}
