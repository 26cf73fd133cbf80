using System.Buffers.Binary;

namespace Thaw.Onnx.Linux;

/// <summary>Reads just enough of the ELF format to tell whether a library file is complete (System V ABI, ELF-64 object file format).</summary>
internal static class ElfFile
{
    private const int HeaderLength = 64;
    private const int ProgramHeaderLength = 56;
    private const uint LoadSegment = 1;

    /// <summary>
    /// Whether the file contains every segment that the loader would map. The loader itself does not check: it maps past the end of a
    /// truncated file (after a full disk, for example), and the process dies of SIGBUS.
    /// </summary>
    public static bool IsWhole(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> header = stackalloc byte[HeaderLength];
        if (file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength) return false;
        bool isElf64LittleEndian = header.StartsWith("\u007fELF\u0002\u0001"u8);
        if (!isElf64LittleEndian || BinaryPrimitives.ReadUInt16LittleEndian(header[54..]) != ProgramHeaderLength) return false;
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        if (table > (ulong)file.Length) return false;

        file.Position = (long)table;
        Span<byte> segment = stackalloc byte[ProgramHeaderLength];
        for (int i = 0; i < count; i++)
        {
            if (file.ReadAtLeast(segment, ProgramHeaderLength, throwOnEndOfStream: false) < ProgramHeaderLength) return false;
            if (BinaryPrimitives.ReadUInt32LittleEndian(segment) != LoadSegment) continue;
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(segment[8..]);
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(segment[32..]);
            if (offset > (ulong)file.Length || length > (ulong)file.Length - offset) return false;
        }

        return count > 0;
    }
}
