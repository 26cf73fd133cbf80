using Thaw.ColdLoad.Models;

namespace Thaw.ColdLoad.Cold;

/// <summary>One model, its files in one state of the page cache: a row for each way to load it.</summary>
/// <param name="RawBytes">Size of the model's directory.</param>
/// <param name="PreparedBytes">Size of the prepared model's directory; null if there is none.</param>
internal sealed record ColdGroup(string Model, CacheState Cache, long RawBytes, long? PreparedBytes, IReadOnlyList<ColdRow> Rows);
