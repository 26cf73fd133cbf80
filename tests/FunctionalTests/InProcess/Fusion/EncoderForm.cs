namespace Thaw.FunctionalTests.InProcess.Fusion;

/// <summary>A way in which exporters write an encoder.</summary>
internal sealed record EncoderForm
{
    public enum MaskForm
    {
        None,
        AddTenThousand,
        AddSmallest,
        AddInfinity,
        AddGuardedInfinity,
        FillScores,
        FillScoresWithInfinity,
        KeepScores,
        ExpandedPerLayer,
        Indexed,
    }

    public enum ScaleForm
    {
        DivideScores,
        MultiplyScores,
        DivideProjection,
        DivideQuery,
        RootsOnBoth,
        RootsOfShape,
        None,
    }

    public enum SplitForm
    {
        SizesOfProjection,
        SizesOfInput,
        Zeros,
        Inferred,
        SlicedShape,
        PartOfShape,
    }

    public enum KeyForm
    {
        Once,
        Twice,
        ThroughThreeDimensions,
    }

    public enum NormForm
    {
        Power,
        Product,
        Reciprocal,
        TwoDifferences,
        Operator,
    }

    public enum ActivationForm
    {
        DivideErf,
        MultiplyErf,
        HalfFirst,
        TanhPower,
        TanhProduct,
        OperatorErf,
        OperatorTanh,
        Relu,
    }

    public enum BiasForm
    {
        All,
        None,
        QueryAndValue,
    }

    public int Opset { get; init; } = 14;

    public MaskForm Mask { get; init; } = MaskForm.AddTenThousand;

    public ScaleForm Scale { get; init; }

    public SplitForm Split { get; init; }

    public KeyForm Key { get; init; }

    public NormForm Norm { get; init; }

    public ActivationForm Activation { get; init; }

    public BiasForm Bias { get; init; }

    public bool TransposedWeights { get; init; }

    /// <summary>Weights of int8 with one scale each, or one per column, as onnxruntime.quantization writes them.</summary>
    public bool Quantized { get; init; }

    /// <summary>Linear layers take rows: a Gemm between two reshapes.</summary>
    public bool Gemms { get; init; }

    public bool FixedSizes { get; init; }

    public bool IdentitiesAndCasts { get; init; }

    public int Layers { get; init; } = 2;

    /// <summary>A random form, the same for the same seed.</summary>
    public static EncoderForm Random(int seed)
    {
        var random = new Random(seed);
        int opset = random.Next(11, 21);
        return new EncoderForm
        {
            Opset = opset,
            Mask = Any<MaskForm>(),
            Scale = Any<ScaleForm>(),
            Split = opset >= 15 ? Any<SplitForm>() : (SplitForm)random.Next((int)SplitForm.PartOfShape),
            Key = Any<KeyForm>(),
            Norm = opset >= 17 ? Any<NormForm>() : (NormForm)random.Next((int)NormForm.Operator),
            Activation = opset >= 20 ? Any<ActivationForm>() : (ActivationForm)random.Next((int)ActivationForm.OperatorErf),
            Bias = Any<BiasForm>(),
            TransposedWeights = random.Next(4) == 0,
            Quantized = random.Next(8) == 0,
            Gemms = random.Next(8) == 0,
            FixedSizes = random.Next(6) == 0,
            IdentitiesAndCasts = random.Next(4) == 0,
            Layers = random.Next(1, 3),
        };

        T Any<T>() where T : struct, Enum => random.GetItems(Enum.GetValues<T>(), 1)[0];
    }
}
