using System.Net;
using System.Text.Json;

namespace Thaw.FunctionalTests.Support;

/// <summary>A status and a JSON body.</summary>
internal sealed record Answer(HttpStatusCode Status, string Body, HttpResponseMessage Message)
{
    public int Code => (int)Status;

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string Error => Json.GetProperty("message").GetString()!;
}
