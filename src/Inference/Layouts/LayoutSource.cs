using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Linux;

namespace Thaw.Inference.Layouts;

/// <summary>Finds a model's laid-out weights in the store, and writes them there.</summary>
internal static class LayoutSource
{
    /// <summary>The weights of exactly these files, without reading any; null if the store has none.</summary>
    public static LayoutEntry? TryFind(LayoutStore store, SharedModel model) =>
        SourceKeyOf(model) is { } key && store.TryFind(key) is { } entry && entry.Bytes == model.LayoutBytes ? entry : null;

    /// <summary>The weights of these files or of others with the same content; writes them if there are none.</summary>
    /// <param name="reason">If the result is null, why they cannot be written.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LayoutEntry? TryFindOrWrite(LayoutStore store, SharedModel model, out string? reason, CancellationToken cancellation)
    {
        reason = null;
        if (TryFind(store, model) is { } known) return known;
        DateTimeOffset start = DateTimeOffset.UtcNow;
        string contentKey = KeyOf([model.HashContent(cancellation), model.LayoutKey, LayoutStore.FormatVersion]);
        LayoutEntry? entry = store.TryFindContent(contentKey, cancellation);
        entry ??= store.TryWrite(
            contentKey, model.LayoutBytes, stream => model.WriteLayout(stream, _ => cancellation.ThrowIfCancellationRequested()), out reason, cancellation);
        if (entry is null) return null;
        if (model.IsChanged())
        {
            store.Remove(entry);
            reason = "a file was replaced or modified while its weights were laid out";
            return null;
        }

        if (SourceKeyOf(model) is { } key && model.Identities.All(file => file.IsSettledAt(start))) store.Link(key, entry);
        return entry;
    }

    private static string KeyOf(ReadOnlySpan<UInt128> parts) => Convert.ToHexStringLower(XxHash128.Hash(MemoryMarshal.AsBytes(parts)));

    private static string? SourceKeyOf(SharedModel model)
    {
        IReadOnlyList<FileIdentity> files = model.Identities;
        if (files.Count == 0) return null;
        Span<byte> layout = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(layout, model.LayoutKey);
        return SourceKey.Of(layout, files);
    }
}
