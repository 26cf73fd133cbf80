using System.Globalization;

namespace Thaw.Server.Settings;

/// <summary>Where models run: <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>, or <c>auto</c>, which is the first CUDA device if it can be used.</summary>
/// <param name="Cuda">The CUDA device's number; null for the CPU.</param>
/// <param name="IsRequired">Whether a start without the device fails.</param>
internal readonly record struct DeviceSetting(int? Cuda, bool IsRequired)
{
    public static bool TryParse(string text, out DeviceSetting setting)
    {
        string lower = text.ToLowerInvariant();
        int device = 0;
        const string Numbered = "cuda:";
        bool isNumbered = lower.StartsWith(Numbered, StringComparison.Ordinal) &&
            int.TryParse(lower[Numbered.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out device);
        setting = new DeviceSetting(lower == "cpu" ? null : device, IsRequired: lower != "auto");
        return isNumbered || lower is "cpu" or "cuda" or "auto";
    }

    public override string ToString() => Cuda is null ? "cpu" : IsRequired ? $"cuda:{Cuda}" : "auto";
}
