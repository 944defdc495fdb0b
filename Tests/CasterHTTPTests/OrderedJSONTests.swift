import Testing

@testable import CasterHTTP

/// The reader of JSON that strangers send.
struct OrderedJSONTests {
    private func parse(_ text: String) throws -> OrderedJSON { try OrderedJSON(parsing: Array(text.utf8)) }

    @Test func whatIsJSON() throws {
        #expect(
            try parse(#" {"b": [1, -0.5e+3, true, null], "a": {}} "#).compact == #"{"b":[1,-0.5e+3,true,null],"a":{}}"#)
        for (text, value) in [
            (#""\u00e9\ud83d\ude00""#, "é😀"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""""#, ""),
            (#""é\u0000x""#, "é\0x"),
        ] {
            #expect(try parse(text) == .string(value))
            #expect(try parse(OrderedJSON.string(value).compact) == .string(value))
        }
        for text in ["0", "-0", "12", "1.5", "1e5", "1E-5", "[[]]", "[]", "{}"] {
            #expect(try parse(text).compact == text)
        }
    }

    @Test func asPeopleReadIt() throws {
        let long = String(repeating: "x", count: 60)
        let value = try parse(#"{"a":[],"b":{"c":[1,"é\n"],"d":{}},"e":["\#(long)",null],"f":{"g":{"h":true}}}"#)
        #expect(
            value.description == """
                {
                  "a": [],
                  "b": {
                    "c": [1, "é\\n"],
                    "d": {}
                  },
                  "e": [
                    "\(long)",
                    null
                  ],
                  "f": {
                    "g": {"h": true}
                  }
                }
                """)
        #expect(try parse(value.description) == value)
    }

    @Test func whatIsNone() {
        for text in [
            "", " ", "{", "[", "[1", "[1,", "[1,]", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "{a:1}", "01", "1.",
            ".5",
            "+1", "1e", "-", "NaN", "truex", "'a'", #""\x""#, #""\u12""#, #""\ud800""#, #""\ud800x""#, #""\udc00""#,
            #""\u+123""#, "\"\n\"", "\"\u{1}\"", "\"", "1 2", "[]]", #""a" b"#,
        ] {
            #expect(throws: OrderedJSON.SyntaxError.self, "\(text)") { _ = try parse(text) }
        }
        for bytes: [UInt8] in [
            [0x22, 0xff, 0x22], [0x22, 0xc3, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0xef, 0xbb, 0xbf],
        ] {
            #expect(throws: OrderedJSON.SyntaxError.self) { _ = try OrderedJSON(parsing: bytes) }
        }
    }

    @Test func depthIsBounded() throws {
        // The outermost is no level within another.
        let limit = OrderedJSON.depthLimit + 1
        let deep = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
        #expect(try parse(deep).compact == deep)
        #expect(throws: OrderedJSON.SyntaxError.self) { _ = try parse("[\(deep)]") }
        #expect(throws: OrderedJSON.SyntaxError.self) {
            _ = try parse(String(repeating: #"{"a":"#, count: 1_000_000))
        }
    }
}
