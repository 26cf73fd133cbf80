using System.Runtime.InteropServices;
using Thaw.ColdLoad.Density;
using Thaw.Harness;
using Thaw.TestModels;
using Thaw.TestModels.Bert;
using Thaw.UnitTests.TestModels;

namespace Thaw.UnitTests.Bench;

public sealed class WordEmbeddingsTests : IDisposable
{
    private const string Words = "bert.embeddings.word_embeddings.weight";

    private readonly TemporaryFolder _directory = new();

    private string Model => _directory["model.onnx"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Only_the_given_words_change_and_another_seed_changes_them_differently()
    {
        int hidden = BertOptions.Tiny.HiddenSize;
        BertModelFile.Write(Model, BertOptions.Tiny);
        byte[] original = File.ReadAllBytes(Model);
        ModelReader before = ModelReader.Read(original);
        WordEmbeddings.Change(Model, hidden, [5, 900], seed: 1);
        byte[] first = File.ReadAllBytes(Model);
        ModelReader after = ModelReader.Read(first);
        foreach ((string name, ModelReader.Tensor tensor) in before.Tensors.Where(tensor => tensor.Key != Words))
            Assert.Equal(tensor.Raw.ToArray(), after.Tensors[name].Raw.ToArray());

        float[] old = Table(before), changed = Table(after);
        int[] rows = [.. Enumerable.Range(0, old.Length / hidden)
            .Where(row => !old.AsSpan(row * hidden, hidden).SequenceEqual(changed.AsSpan(row * hidden, hidden)))];
        Assert.Equal([5, 900], rows);
        Assert.All(changed, value => Assert.InRange(value, -1, 1));

        File.WriteAllBytes(Model, original);
        WordEmbeddings.Change(Model, hidden, [5, 900], seed: 2);
        Assert.NotEqual(first, File.ReadAllBytes(Model));
    }

    [Fact]
    public void A_file_without_the_table_is_refused()
    {
        File.WriteAllBytes(Model, new byte[100]);
        Assert.Throws<HarnessException>(() => WordEmbeddings.Change(Model, 4, [1], seed: 1));
    }

    private static float[] Table(ModelReader model) => MemoryMarshal.Cast<byte, float>(model.Tensors[Words].Raw.Span).ToArray();
}
