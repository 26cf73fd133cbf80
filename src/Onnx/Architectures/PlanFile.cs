using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Thaw.Onnx.Format;
using Thaw.Onnx.Traits;

namespace Thaw.Onnx.Architectures;

/// <summary>The content of a file of a <see cref="PlanStore"/>: what is known of a structure, behind a checksum.</summary>
internal static class PlanFile
{
    private const int ChecksumBytes = 16;

    public static byte[] Encode(UInt128 structure, KnownStructure known)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(new byte[ChecksumBytes]);
        Write(writer, structure);
        writer.Write(known.Refusal ?? "");
        writer.Write(known.Plans.Count);
        foreach (GraphPlan plan in known.Plans)
        {
            Write(writer, plan.AsExported);
            writer.Write(plan.LaidOut is not null);
            if (plan.LaidOut is { } laidOut) Write(writer, laidOut);
            writer.Write(plan.IsQuantized);
            writer.Write(plan.Slots.Count);
            foreach (WeightSlot slot in plan.Slots) Write(writer, slot);
            Write(writer, plan.LabelSlots);
            Write(writer, plan.Assumed);
            Write(writer, plan.AssumedElements);
            writer.Write(plan.Inputs);
            Write(writer, plan.Traits);
        }

        byte[] file = stream.ToArray();
        Checksum(file).CopyTo(file, 0);
        return file;
    }

    /// <returns>Null if the file is damaged, or another build's.</returns>
    public static KnownStructure? TryDecode(byte[] file, out UInt128 structure)
    {
        structure = default;
        if (file.Length < ChecksumBytes || !file.AsSpan(0, ChecksumBytes).SequenceEqual(Checksum(file))) return null;
        using var reader = new BinaryReader(new MemoryStream(file, ChecksumBytes, file.Length - ChecksumBytes), Encoding.UTF8);
        structure = ReadHash(reader);
        string refusal = reader.ReadString();
        var plans = new GraphPlan[reader.ReadInt32()];
        for (int i = 0; i < plans.Length; i++)
        {
            plans[i] = new GraphPlan
            {
                AsExported = ReadGraph(reader),
                LaidOut = reader.ReadBoolean() ? ReadGraph(reader) : null,
                IsQuantized = reader.ReadBoolean(),
                Slots = ReadSlots(reader),
                LabelSlots = ReadIntegers(reader),
                Assumed = ReadIntegers(reader),
                AssumedElements = ReadHash(reader),
                Inputs = reader.ReadInt32(),
                Traits = ReadTraits(reader),
            };
        }

        return new KnownStructure(plans, refusal.Length == 0 ? null : refusal);
    }

    /// <summary>Differs between builds of this program, which may arrange a file in another way.</summary>
    private static byte[] Checksum(byte[] file)
    {
        var hash = new XxHash128();
        hash.Append(typeof(PlanFile).Module.ModuleVersionId.ToByteArray());
        hash.Append(file.AsSpan(ChecksumBytes));
        return hash.GetCurrentHash();
    }

    private static void Write(BinaryWriter writer, ArchitectureGraph graph)
    {
        foreach (ReadOnlyMemory<byte> model in new[] { graph.Model, graph.Turned })
        {
            writer.Write(model.Length);
            writer.Write(model.Span);
        }
    }

    private static void Write(BinaryWriter writer, WeightSlot slot)
    {
        writer.Write((int)slot.ElementType);
        writer.Write(slot.IsTable);
        writer.Write(slot.IsTransposed);
        writer.Write(slot.FreeDimension);
        writer.Write(slot.Parts.Count);
        foreach (WeightPart part in slot.Parts)
        {
            writer.Write(part.Initializer);
            writer.Write(part.Count);
        }
    }

    private static void Write(BinaryWriter writer, IReadOnlyList<int> integers)
    {
        writer.Write(integers.Count);
        foreach (int integer in integers) writer.Write(integer);
    }

    private static void Write(BinaryWriter writer, GraphTraits? traits)
    {
        writer.Write(traits is not null);
        if (traits is null) return;
        writer.Write(traits.MaxTokens ?? 0);
        writer.Write(traits.FixedSizes.Count);
        foreach (FixedSize size in traits.FixedSizes)
        {
            writer.Write(size.Rows ?? 0);
            writer.Write(size.Columns ?? 0);
        }

        writer.Write(traits.Inputs.Count);
        foreach (InputTraits input in traits.Inputs)
        {
            writer.Write(input.Name);
            writer.Write(input.IsUsed);
            writer.Write(input.IsRead);
            writer.Write(input.Rows ?? 0);
            writer.Write(input.HidesPadding);
            writer.Write(input.ComparedWith.Count);
            foreach (long number in input.ComparedWith) writer.Write(number);
            writer.Write(input.IsReadOtherwise);
        }

        Write(writer, [.. traits.Functions.Select(function => (int)function)]);
        writer.Write(traits.QuantizesTogether);
    }

    private static void Write(BinaryWriter writer, UInt128 hash) => writer.Write(MemoryMarshal.AsBytes<UInt128>([hash]));

    private static ArchitectureGraph ReadGraph(BinaryReader reader) =>
        new(reader.ReadBytes(reader.ReadInt32()), reader.ReadBytes(reader.ReadInt32()));

    private static WeightSlot[] ReadSlots(BinaryReader reader)
    {
        var slots = new WeightSlot[reader.ReadInt32()];
        for (int i = 0; i < slots.Length; i++)
        {
            slots[i] = new WeightSlot
            {
                ElementType = (TensorElementType)reader.ReadInt32(),
                IsTable = reader.ReadBoolean(),
                IsTransposed = reader.ReadBoolean(),
                FreeDimension = reader.ReadInt32(),
                Parts = ReadParts(reader),
            };
        }

        return slots;
    }

    private static WeightPart[] ReadParts(BinaryReader reader)
    {
        var parts = new WeightPart[reader.ReadInt32()];
        for (int i = 0; i < parts.Length; i++) parts[i] = new WeightPart(reader.ReadInt32(), reader.ReadInt64());
        return parts;
    }

    private static GraphTraits? ReadTraits(BinaryReader reader)
    {
        if (!reader.ReadBoolean()) return null;
        int maxTokens = reader.ReadInt32();
        var sizes = new FixedSize[reader.ReadInt32()];
        for (int i = 0; i < sizes.Length; i++) sizes[i] = new FixedSize(Positive(reader.ReadInt32()), Positive(reader.ReadInt32()));
        var inputs = new InputTraits[reader.ReadInt32()];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i] = new InputTraits
            {
                Name = reader.ReadString(),
                IsUsed = reader.ReadBoolean(),
                IsRead = reader.ReadBoolean(),
                Rows = reader.ReadInt64() is > 0 and var rows ? rows : null,
                HidesPadding = reader.ReadBoolean(),
                ComparedWith = ReadNumbers(reader),
                IsReadOtherwise = reader.ReadBoolean(),
            };
        }

        return new GraphTraits
        {
            Inputs = inputs,
            MaxTokens = Positive(maxTokens),
            FixedSizes = sizes,
            Functions = [.. ReadIntegers(reader).Select(function => (OutputFunction)function)],
            QuantizesTogether = reader.ReadBoolean(),
        };

        static int? Positive(int number) => number > 0 ? number : null;
    }

    private static long[] ReadNumbers(BinaryReader reader)
    {
        var numbers = new long[reader.ReadInt32()];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = reader.ReadInt64();
        return numbers;
    }

    private static int[] ReadIntegers(BinaryReader reader)
    {
        var integers = new int[reader.ReadInt32()];
        for (int i = 0; i < integers.Length; i++) integers[i] = reader.ReadInt32();
        return integers;
    }

    private static UInt128 ReadHash(BinaryReader reader) => MemoryMarshal.Read<UInt128>(reader.ReadBytes(16));
}
