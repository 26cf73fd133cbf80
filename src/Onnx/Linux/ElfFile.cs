using System.Buffers.Binary;

namespace Thaw.Onnx.Linux;

/// <summary>As much of the ELF format as tells whether a library is whole (System V ABI, ELF-64 object file format).</summary>
internal static class ElfFile
{
    private const int HeaderLength = 64;
    private const int ProgramHeaderLength = 56;
    private const uint LoadSegment = 1;

    /// <summary>
    /// Whether every segment that the loader maps lies within the file. It does not look itself: of a file that was cut off, by a full
    /// disk say, it maps what is not there and ends the process with SIGBUS.
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
