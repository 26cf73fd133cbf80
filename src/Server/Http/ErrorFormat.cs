using System.Text.Json;

namespace Thaw.Server.Http;

/// <summary>Writes the JSON body of a refusal, in the form that a protocol's clients know. A route's endpoint has it among its metadata.</summary>
internal delegate void ErrorFormat(Utf8JsonWriter json, Refusal refusal);
