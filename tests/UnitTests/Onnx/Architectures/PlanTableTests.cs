using Thaw.Onnx.Architectures;
using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.UnitTests.Onnx.Architectures;

/// <summary>What is remembered of the graphs of models, and when it applies to another one.</summary>
public sealed class PlanTableTests : IDisposable
{
    // More than a table keeps.
    private const int Many = 300;

    private static readonly BertOptions Small = new()
    {
        VocabularySize = 120, HiddenSize = 32, FeedForwardSize = 48, Layers = 1, MaxPositions = 32, Labels = 12,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly PlanTable _plans = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Models_with_other_weights_have_the_same_plan()
    {
        using SharedModel first = Open(Write(Small)), second = Open(Write(Small with { Seed = 2 }));
        AssertSame(first, second);
        using ModelOutline one = ModelOutline.Open(Write(Small), _plans.Seed), other = ModelOutline.Open(Write(Small with { Seed = 3 }), _plans.Seed);
        Assert.Equal(one.Structure, other.Structure);
        Assert.NotNull(_plans.Find(one, out _));
        Assert.Same(_plans.Find(one, out _), _plans.Find(other, out _));
    }

    [Fact]
    public void A_plan_that_assumes_nothing_is_found()
    {
        // It has no initializers except its weights.
        string path = Path.Combine(Repository.Root, "tests", "Exports", "roberta-eager-opset14", "model.onnx");
        using SharedModel model = Open(path);
        using ModelOutline outline = ModelOutline.Open(path, _plans.Seed);
        Assert.NotNull(_plans.Find(outline, out _));
    }

    [Fact]
    public void Models_with_other_numbers_of_rows_have_plans_of_their_own_that_share_a_graph()
    {
        using SharedModel first = Open(Write(Small));
        foreach (BertOptions other in (BertOptions[])[Small with { VocabularySize = 150 }, Small with { Labels = 20 }])
        {
            string path = Write(other);
            using (ModelOutline outline = ModelOutline.Open(path, _plans.Seed)) Assert.Null(_plans.Find(outline, out _));
            using SharedModel second = Open(path);
            AssertSame(first, second);
        }
    }

    [Fact]
    public void Remarks_in_a_file_change_nothing()
    {
        string path = Write(Small);
        using SharedModel first = Open(path);
        foreach (int field in (int[])[Fields.Model.ProducerName, Fields.Model.ProducerVersion, Fields.Model.DocString, Fields.Model.Domain])
        {
            string other = _folder["remark.onnx"];
            var writer = new ProtoWriter();
            writer.Text(field, "a remark");
            File.WriteAllBytes(other, [.. File.ReadAllBytes(path), .. writer.Written.Span]);
            using ModelOutline outline = ModelOutline.Open(other, _plans.Seed);
            Assert.NotNull(_plans.Find(outline, out _));
        }
    }

    [Fact]
    public void Names_and_the_order_of_attributes_change_nothing_of_the_graph()
    {
        string path = Write(Small);
        using SharedModel first = Open(path);
        Edit(path, model =>
        {
            HashSet<string> kept = [.. model.Graph.Inputs.Concat(model.Graph.Outputs).Select(value => value.Name), ""];
            string Renamed(string name) => kept.Contains(name) ? name : $"other/{name}";
            for (int i = 0; i < model.Graph.Nodes.Count; i++)
            {
                OnnxNode node = model.Graph.Nodes[i];
                model.Graph.Nodes[i] = node with
                {
                    Name = $"node {i}",
                    Inputs = [.. node.Inputs.Select(Renamed)],
                    Outputs = [.. node.Outputs.Select(Renamed)],
                    Attributes = [.. node.Attributes.Reverse()],
                };
            }

            for (int i = 0; i < model.Graph.Initializers.Count; i++)
                model.Graph.Initializers[i] = model.Graph.Initializers[i] with { Name = Renamed(model.Graph.Initializers[i].Name) };
            // They are declared by their old names.
            model.Graph.ValueInfos.Clear();
        });
        using (ModelOutline outline = ModelOutline.Open(path, _plans.Seed)) Assert.Null(_plans.Find(outline, out _));
        using SharedModel second = Open(path);
        AssertSame(first, second);
    }

    [Theory]
    [InlineData(2f)]
    [InlineData(0.5f)]
    [InlineData(1e-12f)]
    [InlineData(-10000f)]
    public void Another_constant_is_another_graph(float constant)
    {
        // Constants as initializers, so that the structure is the same.
        string path = Write(Small), other = _folder["other.onnx"];
        Edit(path, Lift);
        File.Copy(path, other);
        Edit(other, model =>
        {
            int at = model.Graph.Initializers.FindIndex(
                tensor => tensor is { Dims.Count: 0, RawData: { } raw } && raw.Span.SequenceEqual(BitConverter.GetBytes(constant)));
            model.Graph.Initializers[at] = model.Graph.Initializers[at] with { RawData = BitConverter.GetBytes(constant + 1) };
        });
        using SharedModel first = Open(path);
        using ModelOutline one = ModelOutline.Open(path, _plans.Seed), two = ModelOutline.Open(other, _plans.Seed);
        Assert.Equal(one.Structure, two.Structure);
        Assert.NotNull(_plans.Find(one, out _));
        Assert.Null(_plans.Find(two, out _));
        // It may be one that no longer can share.
        using SharedModel? second = SharedModel.TryOpen(other, _plans, out _);
        Assert.NotSame(first.AsExported, second?.AsExported);
        Assert.NotEqual(first.AsExported, second?.AsExported);
    }

    [Fact]
    public void What_the_analysis_reads_is_assumed_and_nothing_else_changes_the_graph()
    {
        string changed = _folder["changed.onnx"];
        foreach (string path in AllModels())
        {
            using ModelOutline original = ModelOutline.Open(path, _plans.Seed);
            GraphPlan plan = Analyse(path);
            List<int> weights = [];
            for (int i = 0; i < original.Initializers.Count; i++)
            {
                if (original.Initializers[i].Location is not { File: null }) continue;
                Change(path, changed, [i]);
                using ModelOutline outline = ModelOutline.Open(changed, _plans.Seed);
                Assert.Equal(original.Structure, outline.Structure);
                bool isAssumed = plan.Assumed.Contains(i);
                Assert.True(isAssumed == (outline.HashElements(plan.Assumed) != plan.AssumedElements), $"{path}: {original.Initializers[i].Name}");
                if (!isAssumed) weights.Add(i);
            }

            Change(path, changed, weights);
            GraphPlan again = Analyse(changed);
            Assert.NotEmpty(weights);
            Assert.Equal(plan.AsExported, again.AsExported);
            Assert.Equal(plan.LaidOut, again.LaidOut);
            Assert.Equal(plan.AssumedElements, again.AssumedElements);
        }
    }

    [Fact]
    public void The_oldest_plans_are_forgotten_and_the_table_goes_on()
    {
        string path = Write(Small), last = Write(Small with { VocabularySize = 150 });
        using SharedModel first = Open(path);
        using ModelOutline outline = ModelOutline.Open(path, _plans.Seed), lastOutline = ModelOutline.Open(last, _plans.Seed);
        GraphPlan plan = _plans.Find(outline, out _)!;
        for (int i = 1; i <= Many; i++) _plans.Add((UInt128)i, plan with { AsExported = new ArchitectureGraph(BitConverter.GetBytes(i), default) });
        Assert.Null(_plans.Find(outline, out _));
        using SharedModel later = Open(last);
        Assert.NotNull(_plans.Find(lastOutline, out _));
        using SharedModel again = Open(path);
        Assert.NotNull(_plans.Find(outline, out _));
        AssertSame(later, again);
        // Those of before are usable as long as a model has them.
        Assert.Equal(first.AsExported, again.AsExported);
    }

    [Fact]
    public void A_graph_is_shared_as_long_as_a_plan_has_it()
    {
        using SharedModel model = Open(Write(Small));
        GraphPlan plan = Plan();
        GraphPlan old = _plans.Add(1, plan);
        for (int i = 2; i <= Many; i++)
        {
            // The same graph, from another analysis.
            GraphPlan added = _plans.Add((UInt128)i, Plan());
            Assert.Same(old.AsExported, added.AsExported);
            Assert.Same(old.LaidOut, added.LaidOut);
        }

        GraphPlan Plan() => new()
        {
            AsExported = new ArchitectureGraph(new byte[] { 1, 2 }, new byte[] { 3 }), LaidOut = new ArchitectureGraph(new byte[] { 4 }, default),
            IsQuantized = false, Slots = [], LabelSlots = [], Assumed = [], AssumedElements = default, Inputs = 1, Traits = null,
        };
    }

    [Fact]
    public void Plans_added_by_many_threads_share_their_graphs()
    {
        string[] paths = [.. Enumerable.Range(0, 8).Select(i => Write(Small with { VocabularySize = 120 + i }))];
        SharedModel[] models = [.. Enumerable.Range(0, 64).AsParallel().WithDegreeOfParallelism(8).Select(i => Open(paths[i % paths.Length]))];
        Assert.All(models, model => AssertSame(models[0], model));
        foreach (SharedModel model in models) model.Dispose();
    }

    private SharedModel Open(string path)
    {
        SharedModel? model = SharedModel.TryOpen(path, _plans, out string? reason);
        Assert.True(model is not null, reason);
        return model;
    }

    private string Write(BertOptions options)
    {
        string path = _folder[$"{Guid.NewGuid()}.onnx"];
        BertModelFile.Write(path, options);
        return path;
    }

    /// <summary>Exports and generated models, each also with its constants as initializers.</summary>
    private IEnumerable<string> AllModels()
    {
        BertOptions[] forms =
        [
            Small, Small with { Labels = 1 }, Small with { TokenTypes = false }, Small with { Architecture = BertArchitecture.DistilBert },
            Small with { Style = BertStyle.Fused },
        ];
        foreach (string path in forms.Select(Write).Concat(Repository.Exports.Select(directory => Path.Combine(directory, "model.onnx"))))
        {
            yield return path;
            string lifted = _folder[$"{Guid.NewGuid()}.onnx"];
            File.Copy(path, lifted);
            Edit(lifted, Lift);
            yield return lifted;
        }
    }

    private static void AssertSame(SharedModel first, SharedModel second)
    {
        Assert.Same(first.AsExported, second.AsExported);
        Assert.NotNull(first.LaidOut);
        Assert.Same(first.LaidOut, second.LaidOut);
    }

    private static void Edit(string path, Action<OnnxModelFile> edit)
    {
        byte[] changed;
        using (OnnxModelFile model = OnnxModelFile.Open(path, smallestMapped: long.MaxValue))
        {
            edit(model);
            changed = model.Write(ownFile: null).ToArray();
        }

        File.WriteAllBytes(path, changed);
    }

    private static void Lift(OnnxModelFile model)
    {
        foreach (OnnxNode node in model.Graph.Nodes.Where(node => node.OpType == "Constant").ToArray())
        {
            model.Graph.Nodes.Remove(node);
            model.Graph.Initializers.Add(node.Attribute("value")!.Tensor! with { Name = node.Outputs[0] });
        }
    }

    /// <summary>Changes all elements of some initializers, which are stored as raw data.</summary>
    private void Change(string from, string to, IEnumerable<int> initializers)
    {
        byte[] bytes = File.ReadAllBytes(from);
        using ModelOutline outline = ModelOutline.Open(from, _plans.Seed);
        foreach (int position in initializers)
        {
            TensorLocation location = outline.Initializers[position].Location!;
            // Small bits, so that numbers stay numbers.
            for (long i = location.Offset; i < location.Offset + location.Length; i += sizeof(float)) bytes[i] ^= 1;
        }

        File.WriteAllBytes(to, bytes);
    }

    private GraphPlan Analyse(string path)
    {
        using ModelOutline outline = ModelOutline.Open(path, _plans.Seed);
        using OnnxModelFile model = OnnxModelFile.Open(path, smallestMapped: 1024);
        EncoderFusion.Apply(model);
        GraphPlan? plan = GraphPlanner.TryPlan(model, outline, traits: null, out string? reason);
        Assert.True(plan is not null, reason);
        return plan;
    }
}
