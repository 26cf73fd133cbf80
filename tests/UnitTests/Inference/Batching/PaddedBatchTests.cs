using System.Runtime.InteropServices;
using System.Text;
using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Memory;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;

namespace Thaw.UnitTests.Inference.Batching;

/// <summary>From texts to the inputs of runs, with the sample's tokenizer.</summary>
public sealed class PaddedBatchTests
{
    private const int MaxTokens = 128;
    private const int PadId = 77;

    private static readonly Tokenizer SampleTokenizer = TokenizerFiles.Load(Repository.Sample);

    [Theory]
    [InlineData(TensorElementType.Int64)]
    [InlineData(TensorElementType.Int32)]
    public void Every_text_is_in_one_batch_with_its_own_tokens_followed_by_padding(TensorElementType type)
    {
        using RequestTexts texts = Texts(300);
        using EncodedTexts encoded = Encode(texts);
        TextInputs inputs = Inputs(type, InputRole.Mask, InputRole.TypeIds, InputRole.Ids);
        int done = 0;
        while (done < texts.Count)
        {
            PaddedBatch batch = PaddedBatch.Next(encoded, done, inputs);
            Assert.Equal(1, PaddedBatch.Next(encoded, done, inputs with { RunsAlone = true }).Rows);
            Assert.InRange(batch.Rows, 1, PaddedBatch.MaxRows);
            Assert.True(batch.Rows == 1 || batch.Rows * batch.Columns <= 1024);
            var views = new TensorView[3];
            using TensorSlab slab = batch.FillInputs(inputs, views);
            Assert.All(views, view => Assert.Equal([batch.Rows, batch.Columns], view.Shape.Dimensions.ToArray()));
            long[] ids = Read(slab, views.Single(view => view.InputIndex == 2)), mask = Read(slab, views.Single(view => view.InputIndex == 0));
            long[] types = Read(slab, views.Single(view => view.InputIndex == 1));
            for (int row = 0; row < batch.Rows; row++)
            {
                int length = encoded.Length(done + row), start = row * batch.Columns, padding = batch.Columns - length;
                Assert.Equal(Expect(texts, done + row), ids[start..(start + length)].Select(id => (int)id));
                Assert.All(ids[(start + length)..(start + batch.Columns)], id => Assert.Equal(PadId, id));
                Assert.Equal([.. Enumerable.Repeat(1L, length), .. Enumerable.Repeat(0L, padding)], mask[start..(start + batch.Columns)]);
                Assert.Equal(texts.IsPair(done + row), types[start..(start + length)].Contains(1));
                Assert.DoesNotContain(1, types[(start + length)..(start + batch.Columns)]);
            }

            done += batch.Rows;
        }

        Assert.Equal(texts.Count, done);
    }

    [Fact]
    public void A_model_without_mask_and_types_gets_only_ids()
    {
        using RequestTexts texts = Texts(3);
        using EncodedTexts encoded = Encode(texts);
        var views = new TensorView[1];
        TextInputs inputs = Inputs(TensorElementType.Int64, InputRole.Ids);
        using TensorSlab slab = PaddedBatch.Next(encoded, 0, inputs).FillInputs(inputs, views);
        Assert.Equal(0, views[0].InputIndex);
    }

    [Fact]
    public void A_text_is_truncated_to_its_own_limit_or_refused_by_number()
    {
        using RequestTexts texts = Texts(5);
        texts.SetLimits(0, 4, truncate: true);
        using (EncodedTexts encoded = Encode(texts)) Assert.All(Enumerable.Range(0, 5), text => Assert.InRange(encoded.Length(text), 2, 4));

        texts.SetLimits(0, 0, truncate: true);
        texts.SetLimits(4, 4, truncate: false);
        Assert.False(TryEncode(texts).TryGet(out _, out InferenceError? tooLong));
        Assert.Equal(InferenceErrorKind.TextTooLong, tooLong.Kind);
        Assert.Contains("Text 5", tooLong.Message);

        texts.SetLimits(0, 1, truncate: true);
        Assert.False(TryEncode(texts).TryGet(out _, out InferenceError? noRoom));
        Assert.Equal(InferenceErrorKind.InvalidRequest, noRoom.Kind);
    }

    [Fact]
    public void All_pooled_memory_is_returned_even_after_a_refusal()
    {
        using RequestTexts texts = Texts(50);
        // The tokenizer keeps the buffers of its first texts for the next ones.
        Encode(texts).Dispose();
        using var pools = new ArrayPoolWatch();
        Encode(texts).Dispose();
        texts.SetLimits(49, 4, truncate: false);
        Assert.NotNull(TryEncode(texts).Error);
        Assert.Equal(0, pools.Out);
    }

    [Fact]
    public void The_tokens_of_a_request_count_towards_the_memory_for_requests()
    {
        using RequestTexts texts = Texts(200);
        var budget = new MemoryBudget(1 << 20);
        using (MemoryReservation room = budget.Open())
        {
            using EncodedTexts encoded = TryEncode(texts, room).Value!;
            int tokens = Enumerable.Range(0, texts.Count).Sum(encoded.Length);
            Assert.Equal(5 * tokens, budget.Reserved);
        }

        using var pools = new ArrayPoolWatch();
        var small = new MemoryBudget(1000);
        using MemoryReservation little = small.Open();
        Assert.Equal(InferenceErrorKind.Busy, TryEncode(texts, little).Error?.Kind);
        Assert.Equal(0, pools.Out);
    }

    [Fact]
    public void A_large_request_whose_client_has_gone_is_not_encoded_to_its_end()
    {
        using RequestTexts texts = Texts(5000);
        using var pools = new ArrayPoolWatch();
        Assert.ThrowsAny<OperationCanceledException>(() => TryEncode(texts, cancellation: new CancellationToken(canceled: true)));
        Assert.Equal(0, pools.Out);
    }

    private static TextInputs Inputs(TensorElementType type, params InputRole[] roles) =>
        new() { All = [.. roles.Select((role, i) => new TextInput(i, role, type, [-1, -1]))], HidesPadding = true, PadId = PadId };

    private static Result<EncodedTexts> TryEncode(RequestTexts texts, MemoryReservation? room = null, CancellationToken cancellation = default) =>
        EncodedTexts.EncodeAsync(SampleTokenizer, MaxTokens, int.MaxValue, texts, room, cancellation).AsTask().GetAwaiter().GetResult();

    private static EncodedTexts Encode(RequestTexts texts)
    {
        Assert.True(TryEncode(texts).TryGet(out EncodedTexts? encoded, out _));
        Assert.Equal(texts.Count, encoded.Count);
        return encoded;
    }

    /// <summary>Texts of many lengths, every fifth one of a pair.</summary>
    private static RequestTexts Texts(int count)
    {
        var random = new Random(7);
        var texts = new RequestTexts();
        for (int i = 0; i < count; i++)
        {
            Add(texts, secondOfPair: false, random.Next(1, i % 40 == 39 ? 500 : 30));
            if (i % 5 == 4) Add(texts, secondOfPair: true, random.Next(1, 30));
        }

        return texts;
    }

    private static void Add(RequestTexts texts, bool secondOfPair, int words)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, words).Select(word => word % 3 == 0 ? "où" : "bibliothèque")));
        text.CopyTo(texts.Reserve(text.Length));
        texts.Commit(text.Length, secondOfPair);
    }

    private static int[] Expect(RequestTexts texts, int index)
    {
        var ids = new int[MaxTokens];
        var types = new byte[MaxTokens];
        int length = texts.IsPair(index)
            ? SampleTokenizer.EncodePair(texts.First(index), texts.Second(index), ids, types, out _)
            : SampleTokenizer.Encode(texts.First(index), ids, types, out _);
        return ids[..length];
    }

    private static long[] Read(TensorSlab slab, TensorView view)
    {
        int offset = (int)(view.Address - slab.AddressOf(0)), count = (int)view.Shape.ElementCount;
        return view.ElementType == TensorElementType.Int64
            ? MemoryMarshal.Cast<byte, long>(slab.Bytes[offset..])[..count].ToArray()
            : [.. MemoryMarshal.Cast<byte, int>(slab.Bytes[offset..])[..count].ToArray().Select(value => (long)value)];
    }
}
