namespace Thaw.TestModels.Bert;

public enum Activation
{
    /// <summary>x Φ(x), by Erf; BiasGelu when fused.</summary>
    Gelu,

    /// <summary>The tanh approximation; FastGelu when fused.</summary>
    GeluTanh,
}
