namespace Thaw.ColdLoad.Density;

/// <summary>The server when it has loaded so many models. Times in milliseconds, medians of the last loads before it; memory in bytes.</summary>
/// <param name="Number">Number of loaded models.</param>
/// <param name="Loads">How many loads the medians are of.</param>
/// <param name="Load"><c>POST /models</c>.</param>
/// <param name="First">The first answer after it.</param>
/// <param name="Private">RssAnon of the process.</param>
/// <param name="PageTables">VmPTE of the process.</param>
internal sealed record AtOnceRow(int Number, int Loads, double Load, double First, long Private, long PageTables);
