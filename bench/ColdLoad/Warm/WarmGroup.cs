namespace Thaw.ColdLoad.Warm;

/// <summary>Warm answers of one prepared model, a row for each shape.</summary>
internal sealed record WarmGroup(string Model, IReadOnlyList<WarmRow> Rows);
