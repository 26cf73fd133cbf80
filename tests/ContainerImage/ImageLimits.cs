namespace Thaw.ContainerImage;

/// <summary>The limits of the image.</summary>
public static class ImageLimits
{
    /// <summary>Bytes of the layers above the base.</summary>
    public const long Content = 46_000_000;

    /// <summary>Bytes of the program, without ONNX Runtime's library.</summary>
    public const long Program = 13_000_000;

    /// <summary>Bytes of all layers.</summary>
    public const long Total = 100_000_000;

    /// <summary>Milliseconds from exec to the first answer, the best of several.</summary>
    public const double Startup = 100;
}
