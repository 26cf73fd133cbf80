using Thaw.Onnx.Format;

namespace Thaw.Onnx.Traits;

/// <summary>What is known of a value of a graph. Sets of inputs have a bit for each. Immutable.</summary>
internal sealed record ValueTraits
{
    public static readonly ValueTraits Unknown = new();

    /// <summary>The inputs whose elements it depends on.</summary>
    public ulong Inputs { get; init; }

    public TokenUse Tokens { get; init; }

    /// <summary>The inputs that its tokens were masked by so far: they have an influence other than by lookups.</summary>
    public ulong Masks { get; init; }

    /// <summary>The inputs that have just been multiplied with the tokens, or chosen them, so that padding is zero and adds nothing to a sum.</summary>
    public ulong Zeroed { get; init; }

    /// <summary>The inputs that have just been added to the tokens, or chosen them, so that padding has no part in a maximum or softmax.</summary>
    public ulong Lowered { get; init; }

    /// <summary>The input whose elements it has, perhaps in another type and shape; -1 if there is none.</summary>
    public int Input { get; init; } = -1;

    public OnnxTensor? Constant { get; init; }

    /// <summary>Its dimensions, if it is the same in every run and they are known.</summary>
    public IReadOnlyList<long>? ConstantDims { get; init; }

    /// <summary>Rows, if it is a constant table of numbers, quantized or not.</summary>
    public long? TableRows { get; init; }

    public Positions? Positions { get; init; }

    /// <summary>Whether it tells tokens and padding apart, for example as an attention mask does.</summary>
    public bool IsMask => Inputs != 0 && Tokens == TokenUse.None;

    /// <summary>The inputs that mask what is computed from it.</summary>
    public ulong Masking => Tokens == TokenUse.None ? Inputs : Masks;

    public static ValueTraits OfConstant(OnnxTensor tensor)
    {
        bool isNumber = tensor.ElementType is not (TensorElementType.Int64 or TensorElementType.Int32 or TensorElementType.Bool or TensorElementType.String);
        return new ValueTraits
        {
            Constant = tensor, ConstantDims = tensor.Dims, TableRows = isNumber && tensor.Dims is [> 0 and var rows, _] ? rows : null,
        };
    }
}
