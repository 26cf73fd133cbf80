using System.Runtime.InteropServices;
using Thaw.Onnx.Format;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Runtime;

/// <summary>The binding, compared with an independent forward pass over models in every form.</summary>
[Trait("Category", "inprocess")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class OnnxTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_bound_run_as_on_a_device_gives_the_same_answers()
    {
        BertModelFile.Write(_folder["model.onnx"], BertOptions.Tiny);
        using OrtSession session = OrtSession.Load(runtime.Environment, _folder["model.onnx"], new SessionSettings());
        for (int seed = 0; seed < 20; seed++)
        {
            TokenRows tokens = TokenRows.Random(BertOptions.Tiny, 1 + (seed % 3), 5 + seed, seed);
            session.IsBound = false;
            float[] expected = tokens.Run(session, BertOptions.Tiny);
            session.IsBound = true;
            Assert.Equal(expected, tokens.Run(session, BertOptions.Tiny));
        }
    }

    [Fact]
    public void A_bound_run_that_fails_says_why()
    {
        BertModelFile.Write(_folder["model.onnx"], BertOptions.Tiny);
        using OrtSession session = OrtSession.Load(runtime.Environment, _folder["model.onnx"], new SessionSettings());
        session.IsBound = true;
        // More positions than the model has.
        TokenRows tokens = TokenRows.Random(BertOptions.Tiny, 1, BertOptions.Tiny.MaxPositions + 1, seed: 1);
        Assert.Throws<OnnxRuntimeException>(() => tokens.Run(session, BertOptions.Tiny));
    }

    [Fact]
    public void Every_form_of_model_has_the_logits_of_an_independent_forward_pass()
    {
        foreach (BertOptions form in BertOptions.AllVariants)
        {
            string path = _folder["model.onnx"];
            BertModelFile.Write(path, form);
            using OrtSession session = OrtSession.Load(runtime.Environment, path, new SessionSettings());
            Assert.Equal(form.InputNames, session.Inputs.Select(input => input.Name));
            var reference = new ReferenceBert(form);
            foreach ((int rows, int columns) in ((int, int)[])[(1, 1), (1, 9), (3, 16)])
            {
                TokenRows tokens = TokenRows.Random(form, rows, columns, seed: rows + columns);
                float[] logits = tokens.Run(session, form);
                for (int row = 0; row < rows; row++)
                {
                    float[] expected = reference.Logits(tokens.Ids[row], tokens.Mask[row], form.HasTokenTypeInput ? tokens.Types[row] : null);
                    for (int label = 0; label < form.Labels; label++)
                        Assert.True(Math.Abs(expected[label] - logits[(row * form.Labels) + label]) < (form.Float16Logits ? 2e-3 : 1e-4), form.Name);
                }
            }
        }
    }

    [Fact]
    public void Quantized_models_come_close_to_the_independent_forward_pass()
    {
        foreach (BertOptions form in BertOptions.QuantizedVariants)
        {
            BertModelFile.Write(_folder["model.onnx"], form);
            // Products of uint8 and int8 overflow on processors without VNNI unless ONNX Runtime is told to use the slower way there.
            var settings = new SessionSettings { Config = [new("session.x64quantprecision", "1")] };
            using OrtSession session = OrtSession.Load(runtime.Environment, _folder["model.onnx"], settings);
            Assert.Equal(form.InputNames, session.Inputs.Select(input => input.Name));
            TokenRows tokens = TokenRows.Random(form, rows: 8, columns: 16, seed: 1);
            float[] logits = tokens.Run(session, form);
            var reference = new ReferenceBert(form);
            float[] expected = [.. Enumerable.Range(0, 8).SelectMany(row =>
                reference.Logits(tokens.Ids[row], tokens.Mask[row], form.HasTokenTypeInput ? tokens.Types[row] : null))];
            double furthest = expected.Zip(logits, (left, right) => Math.Abs(left - right)).Max();
            // Rows differ from each other far more than from the reference, and the 8-bit rounding is visible.
            Assert.InRange(furthest, 1e-4, 0.2 * (expected.Max() - expected.Min()));
        }
    }

    [Fact]
    public void A_session_lists_its_inputs_and_outputs()
    {
        BertModelFile.Write(_folder["model.onnx"], BertOptions.Tiny with { Int32Inputs = true, Float16Logits = true, Labels = 5 });
        using OrtSession session = OrtSession.Load(runtime.Environment, _folder["model.onnx"], new SessionSettings());
        Assert.All(session.Inputs, input => Assert.Equal((TensorElementType.Int32, "-1,-1"), (input.ElementType, string.Join(',', input.Shape))));
        TensorInfo logits = Assert.Single(session.Outputs);
        Assert.Equal(("logits", TensorElementType.Float16), (logits.Name, logits.ElementType));
        Assert.Equal(5, logits.Shape[1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a model")]
    public void A_refused_file_is_an_exception_with_a_message(string content)
    {
        File.WriteAllText(_folder["model.onnx"], content);
        var exception = Assert.Throws<OnnxRuntimeException>(() => OrtSession.Load(runtime.Environment, _folder["model.onnx"], new SessionSettings()));
        Assert.NotEqual(OrtErrorCode.Ok, exception.Code);
        Assert.NotEmpty(exception.Message);
        exception = Assert.Throws<OnnxRuntimeException>(() => OrtSession.Load(runtime.Environment, _folder["missing.onnx"], new SessionSettings()));
        Assert.Equal(OrtErrorCode.NoSuchFile, exception.Code);
    }

    [Fact]
    public void A_refused_run_is_an_exception_and_the_session_stays_usable()
    {
        BertModelFile.Write(_folder["model.onnx"], BertOptions.Tiny);
        using OrtSession session = OrtSession.Load(runtime.Environment, _folder["model.onnx"], new SessionSettings());
        TokenRows tokens = TokenRows.Random(BertOptions.Tiny, 1, 4, seed: 1);
        float[] before = tokens.Run(session, BertOptions.Tiny);
        int valid = tokens.Ids[0][2];
        tokens.Ids[0][2] = BertOptions.Tiny.VocabularySize;
        Assert.Throws<OnnxRuntimeException>(() => tokens.Run(session, BertOptions.Tiny));
        tokens.Ids[0][2] = valid;
        Assert.Equal(before, tokens.Run(session, BertOptions.Tiny));
    }

    [Fact]
    public void A_closed_session_cannot_be_run_and_closing_twice_is_harmless()
    {
        BertModelFile.Write(_folder["model.onnx"], BertOptions.Tiny);
        OrtSession session = OrtSession.Load(runtime.Environment, _folder["model.onnx"], new SessionSettings());
        session.Dispose();
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => TokenRows.Random(BertOptions.Tiny, 1, 4, seed: 1).Run(session, BertOptions.Tiny));
    }

    [Fact]
    public void Many_threads_run_one_session_while_memory_is_trimmed()
    {
        BertModelFile.Write(_folder["model.onnx"], BertOptions.Tiny);
        using OrtSession session = OrtSession.Load(runtime.Environment, _folder["model.onnx"], new SessionSettings());
        float[] expected = TokenRows.Random(BertOptions.Tiny, 2, 20, seed: 3).Run(session, BertOptions.Tiny);
        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, round =>
        {
            float[] logits = TokenRows.Random(BertOptions.Tiny, 2, 20, seed: 3).Run(session, BertOptions.Tiny);
            for (int i = 0; i < logits.Length; i++) Assert.Equal(expected[i], logits[i], 1e-5);
            if (round % 50 == 0) runtime.Environment.TrimMemory();
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_model_with_external_data_needs_its_data_file(bool present)
    {
        BertModelFile.Write(_folder["model.onnx"], BertOptions.Tiny with { ExternalData = true });
        if (present)
        {
            OrtSession.Load(runtime.Environment, _folder["model.onnx"], new SessionSettings()).Dispose();
            return;
        }

        File.Delete(_folder["model.onnx_data"]);
        Assert.Throws<OnnxRuntimeException>(() => OrtSession.Load(runtime.Environment, _folder["model.onnx"], new SessionSettings()));
    }

    /// <summary>Rows of random tokens, some of them padded on the right.</summary>
    private sealed record TokenRows(int[][] Ids, int[][] Mask, int[][] Types)
    {
        public static TokenRows Random(BertOptions form, int rows, int columns, int seed)
        {
            var random = new Random(seed);
            int[] lengths = [.. Enumerable.Range(0, rows).Select(row => row == 0 ? columns : random.Next(1, columns + 1))];
            return new TokenRows(
                [.. lengths.Select(length => Row(column => column < length ? random.Next(5, form.VocabularySize) : 0))],
                [.. lengths.Select(length => Row(column => column < length ? 1 : 0))],
                [.. lengths.Select(length => Row(column => column < length && form.HasTokenTypeInput ? random.Next(2) : 0))]);

            int[] Row(Func<int, int> token) => [.. Enumerable.Range(0, columns).Select(token)];
        }

        public float[] Run(OrtSession session, BertOptions form)
        {
            (int rows, int columns) = (Ids.Length, Ids[0].Length);
            int size = form.Int32Inputs ? sizeof(int) : sizeof(long);
            int bytes = rows * columns * size;
            byte[] memory = GC.AllocateUninitializedArray<byte>(3 * bytes, pinned: true);
            var views = new TensorView[session.Inputs.Count];
            int[][][] sources = [Ids, Mask, Types];
            for (int i = 0; i < views.Length; i++)
            {
                Span<byte> tensor = memory.AsSpan(i * bytes, bytes);
                int[] flat = [.. sources[i].SelectMany(row => row)];
                for (int j = 0; j < flat.Length; j++)
                {
                    if (form.Int32Inputs) MemoryMarshal.Cast<byte, int>(tensor)[j] = flat[j];
                    else MemoryMarshal.Cast<byte, long>(tensor)[j] = flat[j];
                }

                views[i] = new TensorView(
                    i,
                    Marshal.UnsafeAddrOfPinnedArrayElement(memory, i * bytes),
                    form.Int32Inputs ? TensorElementType.Int32 : TensorElementType.Int64,
                    new TensorShape(rows, columns));
            }

            using OrtRun run = OrtRun.Execute(session, views, [0], shrinkArena: false);
            Assert.Equal([rows, form.Labels], run.Shape().Dimensions.ToArray());
            return form.Float16Logits ? [.. run.Data<Half>().ToArray().Select(half => (float)half)] : run.Data<float>().ToArray();
        }
    }
}
