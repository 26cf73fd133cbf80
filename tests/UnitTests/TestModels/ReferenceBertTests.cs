using Thaw.TestModels.Bert;

namespace Thaw.UnitTests.TestModels;

public sealed class ReferenceBertTests
{
    private static readonly int[] Ids = [2, 57, 1200, 8, 301, 3];
    private static readonly int[] Ones = [1, 1, 1, 1, 1, 1];

    public static TheoryData<BertArchitecture> Architectures => [BertArchitecture.Bert, BertArchitecture.DistilBert];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Padding_does_not_change_the_logits(BertArchitecture architecture)
    {
        var reference = new ReferenceBert(BertOptions.Tiny with { Architecture = architecture });
        float[] expected = reference.Logits(Ids, Ones);
        Close(expected, reference.Logits([.. Ids, 0, 0, 0], [.. Ones, 0, 0, 0]), 1e-6);
        Close(expected, reference.Logits([.. Ids, 99, 1999], [.. Ones, 0, 0], [0, 0, 0, 0, 0, 0, 1, 1]), 1e-6);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Every_token_changes_the_logits(BertArchitecture architecture)
    {
        var reference = new ReferenceBert(BertOptions.Tiny with { Architecture = architecture });
        float[] expected = reference.Logits(Ids, Ones);
        for (int i = 0; i < Ids.Length; i++)
        {
            int[] other = [.. Ids];
            other[i]++;
            // Far above the tolerance of 1e-4 for graphs.
            Assert.True(Distance(expected, reference.Logits(other, Ones)) > 1e-2, $"Token {i} does not matter.");
        }
    }

    [Fact]
    public void Order_matters_through_positions()
    {
        var reference = new ReferenceBert(BertOptions.Tiny);
        int[] swapped = [Ids[0], Ids[2], Ids[1], .. Ids[3..]];
        Assert.True(Distance(reference.Logits(Ids, Ones), reference.Logits(swapped, Ones)) > 1e-2);
    }

    [Fact]
    public void Token_types_matter_to_bert_only_and_default_to_0()
    {
        int[] types = [0, 0, 0, 1, 1, 1];
        var bert = new ReferenceBert(BertOptions.Tiny);
        Assert.Equal(bert.Logits(Ids, Ones), bert.Logits(Ids, Ones, new int[Ids.Length]));
        Assert.True(Distance(bert.Logits(Ids, Ones), bert.Logits(Ids, Ones, types)) > 1e-2);
        var distil = new ReferenceBert(BertOptions.TinyDistilBert);
        Assert.Equal(distil.Logits(Ids, Ones), distil.Logits(Ids, Ones, types));
    }

    [Fact]
    public void The_form_of_the_file_does_not_matter()
    {
        float[] expected = new ReferenceBert(BertOptions.Tiny).Logits(Ids, Ones);
        BertOptions other = BertOptions.Tiny with
        {
            Style = BertStyle.Fused,
            Opset = 17,
            Int32Inputs = true,
            Float16Logits = true,
            ExternalData = true,
            TokenTypes = false,
        };
        Assert.Equal(expected, new ReferenceBert(other).Logits(Ids, Ones));
    }

    [Fact]
    public void The_seed_and_the_shape_matter()
    {
        float[] expected = new ReferenceBert(BertOptions.Tiny).Logits(Ids, Ones);
        Assert.True(Distance(expected, new ReferenceBert(BertOptions.Tiny with { Seed = 2 }).Logits(Ids, Ones)) > 1e-2);
        Assert.True(Distance(expected, new ReferenceBert(BertOptions.Tiny with { Heads = 8 }).Logits(Ids, Ones)) > 1e-3);
        Assert.Equal(7, new ReferenceBert(BertOptions.Tiny with { Labels = 7 }).Logits(Ids, Ones).Length);
    }

    [Fact]
    public void The_tanh_approximation_is_near_the_exact_gelu_but_not_the_same()
    {
        float[] exact = new ReferenceBert(BertOptions.Tiny).Logits(Ids, Ones);
        float[] tanh = new ReferenceBert(BertOptions.Tiny with { Activation = Activation.GeluTanh }).Logits(Ids, Ones);
        Assert.InRange(Distance(exact, tanh), 1e-6, 1e-2);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, 0.5204998778130465)]
    [InlineData(1, 0.8427007929497149)]
    [InlineData(-1, -0.8427007929497149)]
    [InlineData(2, 0.9953222650189527)]
    [InlineData(3.5, 0.9999992569016276)]
    [InlineData(7, 1)]
    public void The_error_function_has_its_tabulated_values(double x, double expected) =>
        Assert.Equal(expected, ErrorFunction.Erf(x), 1e-14);

    private static void Close(float[] expected, float[] actual, double tolerance) =>
        Assert.InRange(Distance(expected, actual), 0, tolerance);

    private static double Distance(float[] left, float[] right) =>
        left.Zip(right, (l, r) => (double)Math.Abs(l - r)).Max();
}
