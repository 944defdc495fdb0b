/// Prometheus' text format, version 0.0.4, as `PrometheusRegistry` writes it.
public enum PrometheusText {
    /// One text of several processes': what has the same name and labels is added up, families stay together and in
    /// alphabetical order.
    public static func merged(_ texts: [String]) -> String {
        var families: [String: Family] = [:]
        for text in texts {
            var family = ""
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                if line.hasPrefix("# TYPE "), words.count == 4 {
                    family = String(words[2])
                    families[family, default: Family(type: line)].type = line
                } else if let end = line.lastIndex(of: " "), let value = Double(line[line.index(after: end)...]) {
                    families[family]?.add(value, to: line[..<end])
                }
            }
        }
        return families.sorted { $0.key < $1.key }.map { $0.value.lines }.joined()
            .map { $0 + "\n" }.joined()
    }

    private struct Family {
        var type: Substring
        private var samples: [Substring] = []
        private var values: [Substring: Double] = [:]

        init(type: Substring) { self.type = type }

        mutating func add(_ value: Double, to sample: Substring) {
            if values[sample] == nil { samples.append(sample) }
            values[sample, default: 0] += value
        }

        var lines: [String] {
            [String(type)] + samples.map { "\($0) \(PrometheusRegistry.format(values[$0]!))" }
        }
    }
}
