using System.Text.Json.Serialization;

namespace Thaw.ColdLoad.Models;

/// <summary>How a model's files are in the page cache before a load.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CacheState>))]
internal enum CacheState
{
    /// <summary>As read from the disk in order: in large pieces, up to 2 MB, each of which the kernel maps as one.</summary>
    Read,

    /// <summary>As written: in small pieces.</summary>
    Written,

    /// <summary>Not at all.</summary>
    Dropped,
}
