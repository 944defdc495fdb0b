/// Memory for one file at a time.
final class ContentBuffer {
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    private var filled = 0

    var content: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<filled]) }

    /// Where the next bytes go; never empty.
    var free: UnsafeMutableRawBufferPointer {
        if filled == memory.count { grow(to: memory.count * 2) }
        return UnsafeMutableRawBufferPointer(rebasing: memory[filled...])
    }

    /// Begins a file of `count` bytes, if what its header promises is true.
    func empty(expecting count: Int) {
        filled = 0
        // One more, so that the end is found without growing.
        if count >= memory.count { grow(to: count + 1) }
    }

    /// `count` bytes were written to `free`.
    func fill(_ count: Int) { filled += count }

    private func grow(to size: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        larger.copyMemory(from: content)
        memory.deallocate()
        memory = larger
    }

    deinit { memory.deallocate() }
}
