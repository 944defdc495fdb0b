/// Text of the document as a page shows it. Of CommonMark only paragraphs and code spans mean anything.
struct Prose: Hashable {
    let paragraphs: [Paragraph]

    struct Paragraph: Hashable {
        let spans: [Span]
    }

    struct Span: Hashable {
        let text: String
        let isCode: Bool
    }

    init(_ text: String) {
        paragraphs = text.split(separator: "\n\n").map { Paragraph(spans: Self.spans(of: $0)) }
    }

    /// Every second part between backticks is code.
    private static func spans(of text: Substring) -> [Span] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { index, part in
            Span(text: String(part), isCode: !index.isMultiple(of: 2))
        }
    }
}
