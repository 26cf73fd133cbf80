using System.Text.Json;

namespace Thaw.Server.Http;

/// <summary>What one kind of JSON object is read into, key by key; <see cref="JsonBody.Read{T}"/> drives it.</summary>
internal interface IJsonObject
{
    /// <summary>An example of what to send, for messages.</summary>
    static abstract string Form { get; }

    /// <summary>Reads the value of a key.</summary>
    /// <param name="json">At the key; at the end of its value afterwards.</param>
    /// <returns>Why it is refused, or null.</returns>
    string? ReadProperty(ref Utf8JsonReader json);

    /// <summary>Called after the last key.</summary>
    /// <returns>Why the object is refused, or null.</returns>
    string? End();
}
