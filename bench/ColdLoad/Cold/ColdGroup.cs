using Thaw.ColdLoad.Models;

namespace Thaw.ColdLoad.Cold;

/// <summary>The ways to load one model that took turns, with its files in one state.</summary>
/// <param name="RawBytes">Size of the model's directory.</param>
/// <param name="PreparedBytes">Size of the prepared one; null without.</param>
internal sealed record ColdGroup(string Model, CacheState Cache, long RawBytes, long? PreparedBytes, IReadOnlyList<ColdRow> Rows);
