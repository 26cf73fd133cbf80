using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Thaw.Server.Http;

internal static class JsonResponse
{
    /// <summary>Answers with a small JSON value, whose length is among the headers.</summary>
    public static async Task WriteJsonAsync<T>(this HttpResponse response, T value, JsonTypeInfo<T> type)
    {
        using var answer = new JsonAnswer(response);
        JsonSerializer.Serialize(answer.Json, value, type);
        await answer.EndAsync();
    }
}
