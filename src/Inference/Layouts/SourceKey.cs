using System.Buffers.Binary;
using System.IO.Hashing;
using Thaw.Onnx.Linux;

namespace Thaw.Inference.Layouts;

/// <summary>Makes the key by which a model finds its laid-out weights without reading its own: it changes whenever one of its files does.</summary>
public static class SourceKey
{
    /// <param name="structure">Hash of all that decides how the weights are laid out.</param>
    /// <param name="files">The model's files. All must be settled, or a changed file may keep its key.</param>
    public static string Of(ReadOnlySpan<byte> structure, IReadOnlyList<FileIdentity> files)
    {
        var hash = new XxHash128();
        Span<byte> bytes = stackalloc byte[FileIdentity.EncodedBytes];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, LayoutStore.FormatVersion);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], structure.Length);
        hash.Append(bytes[..8]);
        hash.Append(structure);
        foreach (FileIdentity file in files)
        {
            file.Write(bytes);
            hash.Append(bytes);
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
