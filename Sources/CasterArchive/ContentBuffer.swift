/// Memory for one file at a time, which grows as bytes really arrive, whatever size was promised.
final class ContentBuffer {
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    private var filled = 0

    var content: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<filled]) }

    /// Where the next bytes go; never empty.
    var free: UnsafeMutableRawBufferPointer {
        if filled == memory.count { grow() }
        return UnsafeMutableRawBufferPointer(rebasing: memory[filled...])
    }

    func empty() { filled = 0 }

    /// `count` bytes were written to `free`.
    func fill(_ count: Int) { filled += count }

    private func grow() {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: memory.count * 2, alignment: 16)
        larger.copyMemory(from: content)
        memory.deallocate()
        memory = larger
    }

    deinit { memory.deallocate() }
}
