using Thaw.ColdLoad.Warm;
using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Cold;

/// <summary>All results of a run.</summary>
internal sealed record ColdReport(
    Machine Machine, string Version, string PlainNote, string ColdCacheNote, string HundredthNote, IReadOnlyList<ColdGroup> Groups,
    IReadOnlyList<WarmGroup> Warm);
