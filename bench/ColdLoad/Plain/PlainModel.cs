namespace Thaw.ColdLoad.Plain;

/// <summary>Runs a loaded model once over one text of these token ids, and gives its logits.</summary>
internal delegate float[] PlainModel(long[] ids, int labels);
