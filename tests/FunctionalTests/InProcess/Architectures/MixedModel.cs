using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.InProcess.Architectures;

/// <summary>One of many models that are loaded together.</summary>
/// <param name="Family">Models of the same family share an architecture, unless they all have sessions of their own. Empty if
/// that is left open.</param>
/// <param name="Tolerance">Largest difference from ONNX Runtime's own answers.</param>
internal sealed record MixedModel(string Directory, string Family, double Tolerance)
{
    /// <summary>If rounding moves an activation to the next integer.</summary>
    public const double OfIntegers = 5e-2;

    private const double Usual = 1e-4, OfHalves = 1e-3;

    private static readonly BertOptions Small = new()
    {
        VocabularySize = 150, HiddenSize = 32, FeedForwardSize = 48, Layers = 1, Heads = 4, MaxPositions = 64,
    };

    // BERT's, which a generated model and an export have in every normalization.
    private const float Epsilon = 1e-12f;

    /// <summary>Models that are nearly alike: those of a family share, and no others do.</summary>
    public static IEnumerable<MixedModel> Near(TemporaryFolder folder)
    {
        int seed = 100;
        foreach (BertOptions form in (BertOptions[])[Small, Small with { Opset = 17 }, Small with { Architecture = BertArchitecture.DistilBert }])
        {
            string name = form.Name;
            foreach (BertOptions same in (BertOptions[])
                [form, form, form with { VocabularySize = 170 }, form with { Labels = 1 }, form with { Labels = 5 }, form with { Labels = 40 }])
            {
                yield return Generated(same, name);
            }

            // Its constant position ids are longer, though runs may not see that.
            yield return Generated(form with { MaxPositions = 48 }, "");
            yield return Generated(form with { Heads = 2 }, $"{name}, 2 heads");
            yield return Generated(form with { Heads = 8 }, $"{name}, 8 heads");
            yield return Generated(form with { Layers = 2 }, $"{name}, 2 layers");
            yield return Generated(form with { FeedForwardSize = 32 }, $"{name}, wide 32");
            yield return Generated(form with { HiddenSize = 48 }, $"{name}, hidden 48");
            yield return Generated(form with { Activation = Activation.GeluTanh }, $"{name}, tanh");
            yield return Generated(form with { Int32Inputs = true }, $"{name}, int32");
            yield return Generated(form with { Float16Logits = true }, $"{name}, halves") with { Tolerance = OfHalves };
            foreach (float epsilon in (float[])[1e-5f, 0.5f])
            {
                for (int twin = 0; twin < 2; twin++) yield return Edited(form, $"{name}, epsilon {epsilon}", Epsilon, epsilon);
            }

            if (form.Architecture == BertArchitecture.Bert)
            {
                yield return Edited(form, $"{name}, mask -2", -10000, -2);
                yield return Generated(form with { TokenTypes = false }, $"{name}, no types");
            }
        }

        MixedModel Generated(BertOptions options, string family)
        {
            string directory = folder[$"{seed}"];
            ExportedModel.Write(directory, options with { Seed = seed++ });
            return new MixedModel(directory, family, Usual);
        }

        MixedModel Edited(BertOptions options, string family, float from, float to)
        {
            MixedModel model = Generated(options, family);
            string file = Path.Combine(model.Directory, ExportedModel.ModelName);
            ModelEdit.Write(file, file, ModelEdit.ReplaceNumber(from, to));
            return model;
        }
    }

    /// <summary>Two models of every form that exporters write.</summary>
    public static IEnumerable<MixedModel> Forms(TemporaryFolder folder)
    {
        int seed = 1000;
        foreach (BertOptions variant in BertOptions.AllVariants.Concat(BertOptions.QuantizedVariants))
        {
            double tolerance = variant.Quantization != Quantization.None ? OfIntegers : variant.Float16Logits ? OfHalves : Usual;
            for (int twin = 0; twin < 2; twin++)
            {
                // Behind a cast the number of labels is part of the architecture.
                BertOptions options = variant with
                {
                    VocabularySize = Small.VocabularySize + (10 * twin),
                    HiddenSize = Small.HiddenSize,
                    FeedForwardSize = Small.FeedForwardSize,
                    Layers = 1,
                    MaxPositions = Small.MaxPositions,
                    Labels = variant.Float16Logits ? 3 : 3 + twin,
                    Seed = seed++,
                };
                ExportedModel.Write(folder[$"{seed}"], options);
                yield return new MixedModel(folder[$"{seed}"], variant.Name, tolerance);
            }
        }

        foreach (string export in Repository.Exports)
        {
            // The others have no logits for a text.
            string name = Path.GetFileName(export);
            if (name.Contains("-qa-") || name.Contains("-tokens-") || name.Contains("-pooled-") || name.Contains("-mean-")) continue;
            for (int twin = 0; twin < 2; twin++)
            {
                string directory = folder[$"{name}-{twin}"], file = Path.Combine(directory, ExportedModel.ModelName);
                ExportedModel.Write(directory, new BertOptions { VocabularySize = 120, MaxPositions = Small.MaxPositions, HiddenSize = 4 });
                ModelEdit.Write(Path.Combine(export, ExportedModel.ModelName), file, model =>
                {
                    if (twin == 1) ModelEdit.ReverseWeights(model);
                });
                yield return new MixedModel(directory, name, Usual);
            }
        }
    }
}
